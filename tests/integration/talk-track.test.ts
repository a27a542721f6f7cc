import { simpleParser } from 'mailparser';
import { afterEach, describe, expect, it } from 'vitest';
import { buildPrompt } from '../../lib/wording/prompt';
import { PROMPT_INJECTIONS } from '../fixtures/prompt-injections';
import { createClock, MINUTE } from '../helpers/clock';
import { createFaultyMail } from '../helpers/faulty-mail';
import { type ModelServer, readData, rewordWell, startModelServer } from '../helpers/model-server';
import { importAtDesk, outgrowingRow } from '../helpers/portfolio';
import { openRuntime, type TestRuntime, type TestRuntimeOptions } from '../helpers/runtime';

const opened: TestRuntime[] = [];
const servers: ModelServer[] = [];
afterEach(async () => {
  for (const desk of opened.splice(0).reverse()) await desk.close();
  for (const server of servers.splice(0)) await server.close();
});

async function deskWith(
  names: string[],
  { env = {}, ...options }: TestRuntimeOptions = {},
): Promise<TestRuntime & { ids: string[]; model: ModelServer }> {
  const model = await startModelServer();
  servers.push(model);
  const desk = await openRuntime({
    ...options,
    env: {
      HEADROOM_MODEL_PROVIDER: 'compatible',
      HEADROOM_MODEL_URL: model.url,
      HEADROOM_MODEL_NAME: 'test-model',
      HEADROOM_MODEL_API_KEY: model.key,
      ...env,
    },
  });
  opened.push(desk);
  await importAtDesk(
    desk.runtime,
    names.map((name, index) => outgrowingRow(`a-${String(index).padStart(3, '0')}`, { name })),
  );
  const { items } = await desk.runtime.reads.listOpportunities({ status: ['open'], limit: 100 });
  const ids = items.sort((a, b) => (a.account.id < b.account.id ? -1 : 1)).map(({ id }) => id);
  expect(ids).toHaveLength(names.length);
  return { ...desk, ids, model };
}

async function draftOf({ runtime }: TestRuntime, dispatchId: string) {
  const { content } = await runtime.desk.readDraft(dispatchId);
  return simpleParser(Buffer.from(content));
}

const dispatchIdOf = (outcome: object) => ('dispatchId' in outcome ? String(outcome.dispatchId) : '');

describe('the talk track of a dispatch', () => {
  it('is put into a model’s words, and draft, opportunity and dispatch say so', async () => {
    const desk = await deskWith(['Northwind Robotics']);
    const [id = ''] = desk.ids;
    const before = await desk.runtime.reads.getOpportunity(id);
    expect(before.talkTrackOrigin).toEqual({ by: 'rules' });
    const outcome = await desk.runtime.desk.dispatch(id, 'dana');
    const origin = { by: 'model', model: 'test-model', promptVersion: 'reword/1' };
    const words = rewordWell(before.talkTrack);
    const after = await desk.runtime.reads.getOpportunity(id);
    expect(after).toMatchObject({ talkTrack: words, talkTrackOrigin: origin });
    const dispatch = await desk.runtime.reads.getDispatch(dispatchIdOf(outcome));
    expect(dispatch).toMatchObject({ talkTrackOrigin: origin, state: 'drafted' });
    const draft = await draftOf(desk, dispatch.id);
    expect(draft.text?.replace(/\s+/g, ' ')).toContain(words.replace(/\s+/g, ' '));
    expect(draft.text).toContain('put into words by test-model (reword/1)');
    // The base stays what it was, for a scan to compare with.
    const stored = await desk.db.read.opportunity.findUniqueOrThrow({ where: { id } });
    expect(stored.talkTrack).toBe(before.talkTrack);
    const { facts } = desk.model.requests[0]?.data ?? { facts: [] };
    expect(facts).toContainEqual({ label: 'Account', value: 'Northwind Robotics' });
    expect(facts).toContainEqual({ label: 'Estimated ARR impact, a year', value: '$7,200' });
  });

  it('is the same at every attempt, whatever the model would say by then', async () => {
    const clock = createClock();
    const mail = createFaultyMail({ clock, settleMs: MINUTE });
    const desk = await deskWith(['Northwind Robotics'], { clock, mail });
    mail.planCreates('unavailable');
    const outcome = await desk.runtime.desk.dispatch(desk.ids[0] ?? '', 'dana');
    expect(outcome).toMatchObject({ state: 'retrying' });
    desk.model.always({ kind: 'texts', write: () => ({ talkTrack: 'Something else.' }) });
    clock.advance(MINUTE);
    await desk.runtime.desk.retryDispatch(dispatchIdOf(outcome), 'dana');
    expect(desk.model.requests).toHaveLength(1);
    expect(mail.ledger).toHaveLength(1);
    const draft = await simpleParser(mail.ledger[0]?.content ?? '');
    expect(draft.text).toContain('Open with this: Northwind Robotics');
  });

  it('does not wait for a model that is slow', async () => {
    const desk = await deskWith(['A Co'], { env: { HEADROOM_MODEL_DISPATCH_WAIT_MS: '100' } });
    desk.model.always({ kind: 'hang' });
    const outcome = await desk.runtime.desk.dispatch(desk.ids[0] ?? '', 'dana');
    expect(outcome).toMatchObject({ outcome: 'created', state: 'drafted' });
    const { model } = await desk.runtime.reads.describeAgentActivity();
    expect(model.notUsed).toMatchObject([{ outcome: 'failed', reason: 'timeout', account: { name: 'A Co' } }]);
  });

  it('does not fail with a model that fails or lies, and says what was wrong', async () => {
    const desk = await deskWith(['A Co', 'B Co', 'C Co', 'D Co']);
    desk.model.plan(
      { kind: 'status', status: 401 },
      { kind: 'content', content: 'no JSON' },
      { kind: 'texts', write: ({ texts }) => ({ talkTrack: `${texts.talkTrack} Worth 40 % more.` }) },
      { kind: 'texts', write: ({ texts }) => ({ talkTrack: `${texts.talkTrack} See evil.example.` }) },
    );
    for (const id of desk.ids) {
      const outcome = await desk.runtime.desk.dispatch(id, 'dana');
      expect(outcome).toMatchObject({ outcome: 'created', state: 'drafted' });
      const draft = await draftOf(desk, dispatchIdOf(outcome));
      expect(draft.text).toContain('written by the desk’s rules');
      expect(draft.text).not.toMatch(/40 %|evil/);
      desk.clock.advance(MINUTE);
    }
    const { model } = await desk.runtime.reads.describeAgentActivity();
    expect(model.outcomes.today).toEqual({ used: 0, refused: 2, failed: 2, over_budget: 0 });
    expect(model.notUsed.map(({ reason }) => reason)).toEqual(['link', 'number', 'malformed', 'key_refused']);
  });

  it('comes from the configured address and no other: a redirect is not followed', async () => {
    const desk = await deskWith(['Northwind Robotics']);
    const elsewhere = await startModelServer();
    servers.push(elsewhere);
    desk.model.plan({ kind: 'status', status: 307, headers: { location: `${elsewhere.url}/chat/completions` } });
    const outcome = await desk.runtime.desk.dispatch(desk.ids[0] ?? '', 'dana');
    expect(elsewhere.requests).toHaveLength(0);
    const dispatch = await desk.runtime.reads.getDispatch(dispatchIdOf(outcome));
    expect(dispatch).toMatchObject({ state: 'drafted', talkTrackOrigin: { by: 'rules' } });
    const call = await desk.db.read.modelCall.findFirst();
    expect(call).toMatchObject({ outcome: 'failed', reason: 'rejected', detail: 'The provider answered 307.' });
  });

  it('is the rules’ own again where the opportunity changed while the model wrote', async () => {
    const desk = await deskWith(['Northwind Robotics']);
    const [id = ''] = desk.ids;
    let changed = Promise.resolve<unknown>(null);
    desk.model.always({
      kind: 'texts',
      write: ({ texts }) => {
        changed = desk.db.write.opportunity.update({ where: { id }, data: { talkTrack: 'They use 99 of 100 seats.' } });
        return { talkTrack: rewordWell(texts.talkTrack ?? '') };
      },
    });
    const generate = desk.runtime.desk.dispatch(id, 'dana');
    await changed;
    const outcome = await generate;
    const row = await desk.db.read.dispatch.findUniqueOrThrow({ where: { id: dispatchIdOf(outcome) } });
    const frozen = JSON.parse(row.task) as { recommendedTalkTrack: string; talkTrackOrigin: { by: string } };
    // Whichever of the two came first: never new facts under a model's words for the old ones.
    if (frozen.talkTrackOrigin.by === 'rules') expect(frozen.recommendedTalkTrack).toBe('They use 99 of 100 seats.');
    else expect(frozen.recommendedTalkTrack).toContain('97 of 100');
  });

  it('of a handoff over the API stays the caller’s own', async () => {
    const desk = await deskWith(['Northwind Robotics']);
    const answer = await desk.runtime.desk.submitTask(
      'sales',
      {
        type: 'handle_expansion_opportunity',
        accountId: 'a-000',
        opportunityType: 'module',
        evidence: 'Asked for it',
        estimatedArrImpact: 1_000,
        recommendedTalkTrack: 'Our own words.',
        confidence: 'high',
      },
      'api',
    );
    expect(answer.kind).toBe('result');
    expect(desk.model.requests).toHaveLength(0);
  });

  it('asks nobody where no model is configured', async () => {
    const desk = await deskWith(['Northwind Robotics'], { env: { HEADROOM_MODEL_PROVIDER: '' } });
    expect(await desk.runtime.desk.dispatch(desk.ids[0] ?? '', 'dana')).toMatchObject({ state: 'drafted' });
    expect(desk.model.requests).toHaveLength(0);
    expect(await desk.db.read.modelCall.count()).toBe(0);
    const { model } = await desk.runtime.reads.describeAgentActivity();
    expect(model).toMatchObject({ state: 'not_configured', provider: null });
    expect((await desk.runtime.readiness()).degraded).toEqual([]);
  });
});

describe('a model that obeys what customers write', () => {
  it('changes no recipient, no amount, no link and no other word of a draft', async () => {
    const names = PROMPT_INJECTIONS.map(({ text }) => text.replace(/[\r\n]+/g, ' ').slice(0, 190));
    const desk = await deskWith(names, { env: { HEADROOM_RATE_LIMIT_FACTOR: '100' } });
    for (const [index, injection] of PROMPT_INJECTIONS.entries()) {
      const id = desk.ids[index] ?? '';
      const before = await desk.runtime.reads.getOpportunity(id);
      desk.model.plan({ kind: 'texts', write: ({ texts }) => injection.obey(texts.talkTrack ?? '') });
      const outcome = await desk.runtime.desk.dispatch(id, 'dana');
      const dispatch = await desk.runtime.reads.getDispatch(dispatchIdOf(outcome));
      expect(dispatch.talkTrackOrigin, injection.name).toEqual({ by: 'rules' });
      expect(dispatch.recipient, injection.name).toBe('tom@headroom.example');
      const row = await desk.db.read.dispatch.findUniqueOrThrow({ where: { id: dispatch.id } });
      expect(JSON.parse(row.task), injection.name).toMatchObject({
        type: 'handle_expansion_opportunity',
        opportunityType: 'seats',
        estimatedArrImpact: { amountCents: 720_000, currency: 'USD' },
        recommendedTalkTrack: before.talkTrack,
      });
      const draft = await draftOf(desk, dispatch.id);
      expect(
        [draft.to].flat().flatMap((to) => to?.value.map(({ address }) => address)),
        injection.name,
      ).toEqual(['tom@headroom.example']);
      expect(draft.cc ?? draft.bcc, injection.name).toBeUndefined();
      expect(draft.text, injection.name).toContain('Estimated ARR impact: $7,200');
      expect(draft.html, injection.name).not.toMatch(/<a |<img|<script/i);
    }
  });

  it.each(PROMPT_INJECTIONS)('is sent data that stays data: $name', ({ text }) => {
    const boundary = 'a1'.repeat(16);
    const facts = ['Account', 'Evidence', 'Ticket'].map((label) => ({ label, value: `${text} ${boundary}` }));
    const request = buildPrompt({ purpose: 'talk_track', facts, texts: { talkTrack: text } }, boundary);
    expect(request?.system).not.toContain('Acme');
    const data = readData(request?.prompt ?? '');
    expect(data?.facts[0]?.value).toBe(`${text} `.slice(0, 401));
    expect(data?.texts).toEqual({ talkTrack: text });
    const block = request?.prompt.split('\n')[2] ?? '';
    expect(block).not.toMatch(/[<>`]|--|[\u200b-\u200f\u202a-\u202e\u2066-\u2069]|\u{e0000}/u);
  });
});
