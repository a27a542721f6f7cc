import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createModelLog } from '../../lib/db/model-log';
import type { LanguageModel, ModelAnswer, TextWriter, WordingRequest } from '../../lib/ports/wording';
import { createBreaker } from '../../lib/wording/breaker';
import { createTextWriter, type TextWriterOptions, type WordingPolicy } from '../../lib/wording/text-writer';
import { createClock, DAY, MINUTE } from '../helpers/clock';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';
import { silentLog } from '../helpers/dispatch-desk';
import { rewordWell } from '../helpers/model-server';

const opened: TemporaryDatabase[] = [];
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
});

const TEXTS = {
  first: 'Acme has 97 of 100 seats in use, and usage is growing. Ask which teams are joining next.',
  second: 'Pays $24,000 a year for 100 seats, and nobody new has to wait for a seat.',
};
const FACTS = [
  { label: 'Account', value: 'Acme' },
  { label: 'Evidence', value: '97 of 100 seats in use' },
  { label: 'Evidence', value: 'Pays $24,000 a year for 100 seats' },
];
const RULES = { by: 'rules' };
const MODEL = { by: 'model', model: 'test-model', promptVersion: 'reword/1' };

const POLICY: WordingPolicy = {
  timeoutMs: 2_000,
  maxOutputTokens: 1_000,
  dailyTokens: null,
  dailyCostMicros: null,
  prices: null,
};

function answerWith(texts: Record<string, string>, tokens: number | null = 100): ModelAnswer {
  return { outcome: 'texts', texts, inputTokens: tokens, outputTokens: tokens };
}

function failWith(
  failure: Extract<ModelAnswer, { outcome: 'failed' }>['failure'],
  retryAfterSeconds: number | null = null,
): ModelAnswer {
  return {
    outcome: 'failed',
    failure,
    message: `It is ${failure}.`,
    retryAfterSeconds,
    inputTokens: null,
    outputTokens: null,
  };
}

const GOOD = answerWith({ first: rewordWell(TEXTS.first), second: rewordWell(TEXTS.second) });

interface Scripted extends LanguageModel {
  asked: number;
}

/** A model that answers as it is told, one after another; the last answer stays. */
function scripted(...answers: (ModelAnswer | ((signal: AbortSignal) => Promise<ModelAnswer>))[]): Scripted {
  const model: Scripted = {
    provider: 'test',
    model: 'test-model',
    asked: 0,
    async generate({ signal }) {
      const answer = answers[Math.min(model.asked, answers.length - 1)] ?? GOOD;
      model.asked += 1;
      return typeof answer === 'function' ? answer(signal) : answer;
    },
  };
  return model;
}

async function openDatabase(): Promise<TemporaryDatabase> {
  const database = await openTemporaryDatabase();
  opened.push(database);
  return database;
}

function writerOn({ db }: TemporaryDatabase, model: LanguageModel, changes: Partial<TextWriterOptions> = {}) {
  const clock = createClock();
  const writer = createTextWriter({
    model,
    log: createModelLog(db),
    breaker: createBreaker(),
    policy: POLICY,
    clock,
    // No jitter, and short waits.
    random: () => 0,
    dayOf: (now) => now.toISOString().slice(0, 10),
    taskOf: () => ({ capability: 'generate_qbr', runId: null }),
    onCall: () => {},
    logger: silentLog,
    ...changes,
  });
  return { writer, clock };
}

function reword(writer: TextWriter, changes: Partial<WordingRequest<'first' | 'second'>> = {}) {
  return writer.reword({
    purpose: 'qbr',
    accountId: 'a-1',
    facts: FACTS,
    texts: TEXTS,
    now: new Date(),
    signal: new AbortController().signal,
    ...changes,
  });
}

const lastCall = ({ db }: TemporaryDatabase) => db.read.modelCall.findFirst({ orderBy: { id: 'desc' } });
const budget = async ({ db }: TemporaryDatabase) => {
  const row = await db.read.modelBudget.findFirst();
  return { tokens: Number(row?.tokens ?? 0), costMicros: Number(row?.costMicros ?? 0) };
};

describe('rewording', () => {
  it('gives a model’s words where they say what the facts say, and writes the call down', async () => {
    const database = await openDatabase();
    const policy = { ...POLICY, prices: { input: 2.5, output: 10, currency: 'EUR' } };
    const { writer } = writerOn(database, scripted(GOOD), { policy });
    expect(await reword(writer)).toEqual({
      first: { text: rewordWell(TEXTS.first), origin: MODEL },
      second: { text: rewordWell(TEXTS.second), origin: MODEL },
    });
    expect(await lastCall(database)).toMatchObject({
      purpose: 'qbr',
      capability: 'generate_qbr',
      accountId: 'a-1',
      outcome: 'used',
      attempts: 1,
      inputTokens: 100,
      outputTokens: 100,
      costMicros: 1_250n,
      currency: 'EUR',
      promptVersion: 'reword/1',
    });
    expect(await budget(database)).toEqual({ tokens: 200, costMicros: 1_250 });
  });

  it('leaves a text alone that lies, and keeps the other', async () => {
    const database = await openDatabase();
    const lies = { first: `${TEXTS.first} They would save 40 %.`, second: rewordWell(TEXTS.second) };
    const { writer } = writerOn(database, scripted(answerWith(lies)));
    expect(await reword(writer)).toEqual({
      first: { text: TEXTS.first, origin: RULES },
      second: { text: lies.second, origin: MODEL },
    });
    expect(await lastCall(database)).toMatchObject({ outcome: 'refused', reason: 'number', detail: '40 %' });
  });

  it('sums up by day and kind', async () => {
    const database = await openDatabase();
    const { writer, clock } = writerOn(database, scripted(GOOD, failWith('rejected'), GOOD, GOOD));
    for (let call = 0; call < 3; call++) await reword(writer);
    clock.advance(DAY);
    await reword(writer);
    const rows = await database.db.read.modelUsage.findMany({ orderBy: [{ day: 'asc' }, { outcome: 'asc' }] });
    expect(rows.map(({ day, outcome, calls }) => [day, outcome, calls])).toEqual([
      ['2026-11-22', 'failed', 1],
      ['2026-11-22', 'used', 2],
      ['2026-11-23', 'used', 1],
    ]);
  });
});

describe('a model that fails', () => {
  it('is asked again where it was not there, within its time', async () => {
    const database = await openDatabase();
    const model = scripted(failWith('unavailable'), failWith('unavailable', 0), GOOD);
    const { writer } = writerOn(database, model);
    expect((await reword(writer)).first.origin).toEqual(MODEL);
    expect(model.asked).toBe(3);
    expect(await lastCall(database)).toMatchObject({ outcome: 'used', attempts: 3 });
  });

  it('is not waited for longer than there is time', async () => {
    const database = await openDatabase();
    const model = scripted(failWith('unavailable', 60));
    const { writer } = writerOn(database, model);
    expect((await reword(writer)).first).toEqual({ text: TEXTS.first, origin: RULES });
    expect(model.asked).toBe(1);
    expect(await lastCall(database)).toMatchObject({ outcome: 'failed', reason: 'unavailable', attempts: 1 });
  });

  it.each(['key_refused', 'rejected', 'filtered', 'truncated', 'malformed'] as const)(
    'is not asked again where it is %s',
    async (failure) => {
      const database = await openDatabase();
      const model = scripted(failWith(failure));
      const { writer } = writerOn(database, model);
      expect((await reword(writer)).second).toEqual({ text: TEXTS.second, origin: RULES });
      expect(model.asked).toBe(1);
      expect(await lastCall(database)).toMatchObject({ outcome: 'failed', reason: failure });
    },
  );

  it('holds nobody up who has had enough, whether it heeds the signal or not', async () => {
    const database = await openDatabase();
    const deaf = scripted(() => new Promise(() => {}));
    const { writer } = writerOn(database, deaf);
    const result = await reword(writer, { signal: AbortSignal.timeout(30) });
    expect(result.first).toEqual({ text: TEXTS.first, origin: RULES });
    expect(await lastCall(database)).toMatchObject({ outcome: 'failed', reason: 'timeout' });
    // What it may have cost stays spent.
    expect((await budget(database)).tokens).toBeGreaterThan(1_000);
    const short = writerOn(database, deaf, { policy: { ...POLICY, timeoutMs: 30 } });
    expect((await reword(short.writer)).first.origin).toEqual(RULES);
    const waiting = reword(writer);
    writer.close();
    expect((await waiting).first.origin).toEqual(RULES);
    expect((await reword(writer)).first.origin).toEqual(RULES);
  });

  it('is left alone after five failures in a row, and tried by one after a while', async () => {
    const database = await openDatabase();
    const model = scripted(...Array.from({ length: 5 }, () => failWith('rejected')), GOOD);
    const breaker = createBreaker();
    const { writer, clock } = writerOn(database, model, { breaker });
    for (let call = 0; call < 5; call++) await reword(writer);
    expect(breaker.openUntil(clock())).toEqual(new Date(clock().getTime() + MINUTE));
    expect((await reword(writer)).first.origin).toEqual(RULES);
    expect(model.asked).toBe(5);
    // All calls are of one moment: the order of their ids says nothing.
    const paused = await database.db.read.modelCall.findMany({ where: { reason: 'paused' } });
    expect(paused).toMatchObject([{ outcome: 'failed', attempts: 0 }]);
    clock.advance(MINUTE);
    const origins = await Promise.all([reword(writer), reword(writer)]);
    expect(origins.map(({ first }) => first.origin.by).sort()).toEqual(['model', 'rules']);
    expect(model.asked).toBe(6);
    expect(breaker.openUntil(clock())).toBeNull();
  });
});

describe('the budget of a day', () => {
  it('is never overspent by two instances that ask at once', async () => {
    const database = await openDatabase();
    const policy = { ...POLICY, dailyTokens: 40_000 };
    const spending = answerWith({ first: rewordWell(TEXTS.first), second: rewordWell(TEXTS.second) }, 1_000);
    const models = [scripted(spending), scripted(spending)];
    const writers = models.map((model) => writerOn(database, model, { policy }).writer);
    const asked = Array.from({ length: 60 }, (_, index) => reword(writers[index % 2] as TextWriter));
    const results = await Promise.all(asked);
    const used = results.filter(({ first }) => first.origin.by === 'model').length;
    expect(used).toBeGreaterThan(2);
    expect(models.reduce((sum, model) => sum + model.asked, 0)).toBe(used);
    expect(await budget(database)).toEqual({ tokens: used * 2_000, costMicros: 0 });
    expect(used * 2_000).toBeLessThanOrEqual(40_000);
    const over = await database.db.read.modelUsage.findFirst({ where: { outcome: 'over_budget' } });
    expect(over?.calls).toBe(60 - used);
    // What is left is spent before it is refused: one after another, there is room for more.
    while ((await reword(writers[0] as TextWriter)).first.origin.by === 'model');
    expect((await budget(database)).tokens).toBeLessThanOrEqual(40_000);
    expect((await budget(database)).tokens).toBeGreaterThan(40_000 - 8_000);
  });

  it('holds after a restart, in money too, and begins anew the next day', async () => {
    const database = await openDatabase();
    const policy = { ...POLICY, dailyCostMicros: 30_000, prices: { input: 1, output: 10, currency: 'USD' } };
    const spending = answerWith({ first: rewordWell(TEXTS.first), second: rewordWell(TEXTS.second) }, 1_000);
    let model = scripted(spending);
    while ((await reword(writerOn(database, model, { policy }).writer)).first.origin.by === 'model');
    expect((await budget(database)).costMicros).toBeLessThanOrEqual(30_000);
    expect(await lastCall(database)).toMatchObject({ outcome: 'over_budget' });
    model = scripted(spending);
    const again = writerOn(database, model, { policy });
    await reword(again.writer);
    expect(model.asked).toBe(0);
    again.clock.advance(DAY);
    expect((await reword(again.writer)).first.origin).toEqual(MODEL);
  });

  it('takes what nobody counted for the most that it can have been', async () => {
    const database = await openDatabase();
    const { writer } = writerOn(database, scripted(answerWith(GOOD.outcome === 'texts' ? GOOD.texts : {}, null)));
    expect((await reword(writer)).first.origin).toEqual(MODEL);
    expect(await lastCall(database)).toMatchObject({ outcome: 'used', inputTokens: null, costMicros: null });
    expect((await budget(database)).tokens).toBeGreaterThan(1_000);
  });
});

it('never throws, whatever the model says and whoever asks', async () => {
  const database = await openDatabase();
  let next: ModelAnswer | Error = GOOD;
  const model: LanguageModel = {
    provider: 'test',
    model: 'test-model',
    async generate() {
      if (next instanceof Error) throw next;
      return next;
    },
  };
  const { writer } = writerOn(database, model, {
    breaker: { ...createBreaker(), mayAsk: () => true },
    policy: { ...POLICY, timeoutMs: 50 },
  });
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  const answers = fc.oneof(
    fc.dictionary(text, text).map((texts) => answerWith(texts)),
    fc.record({ first: text, second: text }).map((texts) => answerWith(texts, -1)),
    fc.constantFrom('unavailable', 'malformed', 'timeout').map((failure) => failWith(failure as 'timeout')),
    text.map((message) => new Error(message)),
  );
  const names = fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString')), text, {
    maxKeys: 3,
  });
  const facts = fc.array(fc.record({ label: text, value: text }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(answers, names, facts, async (answer, texts, given) => {
      next = answer;
      const result = await writer.reword({
        purpose: 'qbr',
        accountId: null,
        facts: given,
        texts,
        now: new Date(),
        signal: new AbortController().signal,
      });
      expect(Object.keys(result).sort()).toEqual(Object.keys(texts).sort());
      for (const [name, { text: written, origin }] of Object.entries(result)) {
        if (origin.by === 'rules') expect(written).toBe(texts[name]);
      }
    }),
    { numRuns: 100 },
  );
});
