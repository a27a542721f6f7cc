import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMailboxStore } from '../../lib/db/mailbox-store';
import type { Viewer } from '../../lib/domain/access';
import { rotateCredentials } from '../../lib/mail/rotate';
import { createSecretBox } from '../../lib/secrets';
import { createClock, HOUR, MINUTE, SECOND, type TestClock } from '../helpers/clock';
import { createDatabase, removeDirectory, temporaryDirectory } from '../helpers/database';
import { eventually } from '../helpers/eventually';
import { createFaultyMail, type FaultyMail } from '../helpers/faulty-mail';
import { GMAIL_FAULTS } from '../helpers/gmail-faults';
import { GMAIL_SCOPES } from '../helpers/gmail-oauth';
import { type GmailServer, startGmailServer } from '../helpers/gmail-server';
import { importAtDesk, outgrowingRow } from '../helpers/portfolio';
import { openRuntime, type TestRuntime } from '../helpers/runtime';

const ORIGIN = 'http://localhost:3000';
const DANA = 'dana.okafor@headroom.example';
const TOM = 'tom@headroom.example';
const dana: Viewer = { kind: 'user', id: 'u-dana', name: 'Dana', email: DANA, role: 'rep' };
const tom: Viewer = { kind: 'user', id: 'u-tom', name: 'Tom', email: TOM, role: 'rep' };
const admin: Viewer = { kind: 'user', id: 'u-admin', name: 'Ada', email: 'ada@headroom.example', role: 'admin' };
const key: Viewer = { kind: 'key', id: 'k-1', name: 'CI', email: null, role: 'admin' };

let gmail: GmailServer;
let desk: TestRuntime;
let clock: TestClock;
/** Data directories that outlive their first desk. */
const directories: string[] = [];

const env = (more: Record<string, string> = {}) => ({
  HEADROOM_GOOGLE_CLIENT_ID: gmail.clientId,
  HEADROOM_GOOGLE_CLIENT_SECRET: gmail.clientSecret,
  HEADROOM_GOOGLE_ISSUER: gmail.url,
  HEADROOM_GOOGLE_API_URL: gmail.endpoints.api,
  HEADROOM_ALLOWED_PRIVATE_RANGES: '127.0.0.1',
  HEADROOM_DISPATCH_BACKOFF_MS: '1000',
  ...more,
});

beforeEach(async () => {
  clock = createClock();
  gmail = await startGmailServer({ mailboxes: [DANA, TOM], clock });
  desk = await openRuntime({ clock, env: env() });
});
afterEach(async () => {
  await desk.close();
  await gmail.close();
  // On PostgreSQL the database goes with the directory, so the desk is closed by then.
  await Promise.all(directories.splice(0).map(removeDirectory));
});

/** What a browser does with the address of the consent page. @returns the way back's parameters. */
async function consentAt(url: string): Promise<Record<string, string>> {
  const answer = await fetch(url, { redirect: 'manual' });
  expect(answer.status, await answer.text()).toBe(302);
  return Object.fromEntries(new URL(answer.headers.get('location') ?? '').searchParams);
}

async function connectGoogle(viewer: Viewer, { shared = false } = {}): Promise<string> {
  const url = await desk.runtime.mailboxes.askGoogle(viewer, { shared }, ORIGIN);
  const { outcome, mailboxId } = await desk.runtime.mailboxes.finishGoogle(viewer, await consentAt(url), viewer.id);
  expect(outcome).toBe('connected');
  return mailboxId ?? '';
}

/** One opportunity a rep. */
async function opportunitiesOf(...reps: string[]): Promise<string[]> {
  await importAtDesk(
    desk.runtime,
    reps.map((rep, index) => outgrowingRow(`a-${index}`, { rep_email: rep })),
  );
  const { items } = await desk.runtime.reads.listOpportunities({ limit: 100 });
  return items.sort((a, b) => a.account.id.localeCompare(b.account.id)).map(({ id }) => id);
}

async function dispatch(opportunityId: string): Promise<string> {
  const outcome = await desk.runtime.desk.dispatch(opportunityId, 'test');
  if (outcome.outcome === 'gated') throw new Error('gated');
  return outcome.dispatchId;
}

const stateOf = (dispatchId: string) => desk.runtime.reads.getDispatch(dispatchId);
const drafted = (dispatchId: string) =>
  eventually(async () => {
    const dispatch = await stateOf(dispatchId);
    return dispatch.state === 'drafted' ? dispatch : null;
  }, 'the draft');
const mailboxOf = async (viewer: Viewer, id: string) =>
  (await desk.runtime.mailboxes.list(viewer)).items.find((item) => item.id === id);

describe('consent at Google', () => {
  it('connects a rep’s own mailbox, and their drafts lie there from now on', async () => {
    const [opportunity = '', other = ''] = await opportunitiesOf(DANA, TOM);
    expect((await desk.runtime.reads.getOpportunity(opportunity)).draftDestination).toBe('Local drafts (.eml file)');
    const id = await connectGoogle(dana);
    expect((await desk.runtime.reads.getOpportunity(opportunity)).draftDestination).toBe('Dana’s Gmail drafts');
    expect((await desk.runtime.reads.getOpportunity(other)).draftDestination).toBe('Local drafts (.eml file)');

    const made = await drafted(await dispatch(opportunity));
    expect(made).toMatchObject({ destination: 'Dana’s Gmail drafts', draft: { provider: 'gmail' } });
    expect(await gmail.drafts(DANA)).toHaveLength(1);
    expect((await drafted(await dispatch(other))).draft?.provider).toBe('eml');
    expect(await gmail.drafts(TOM)).toEqual([]);
    expect(await mailboxOf(dana, id)).toMatchObject({ state: 'connected', address: DANA, mine: true, waiting: 0 });
    expect((await gmail.ledger()).sends).toEqual([]);
  });

  it('asks for drafts alone, offline, with state and PKCE', async () => {
    const asked = async () => new URL(await desk.runtime.mailboxes.askGoogle(dana, { shared: false }, ORIGIN));
    const first = (await asked()).searchParams;
    expect(first.get('scope')).toBe(GMAIL_SCOPES.compose);
    expect(first.get('redirect_uri')).toBe(`${ORIGIN}/api/v1/mailboxes/google/callback`);
    expect(first.get('access_type')).toBe('offline');
    expect(first.get('prompt')).toBe('consent');
    expect(first.get('code_challenge_method')).toBe('S256');
    const second = (await asked()).searchParams;
    expect(second.get('state')).not.toBe(first.get('state'));
    expect(second.get('code_challenge')).not.toBe(first.get('code_challenge'));
  });

  it('takes a state once, in time, from who asked, and from nobody else', async () => {
    const { mailboxes } = desk.runtime;
    const ask = () => mailboxes.askGoogle(dana, { shared: false }, ORIGIN);
    const back = await consentAt(await ask());
    expect((await mailboxes.finishGoogle(tom, back, 'tom')).outcome).toBe('expired');
    // Tom has used it up.
    expect((await mailboxes.finishGoogle(dana, back, 'dana')).outcome).toBe('expired');

    const twice = await consentAt(await ask());
    const outcomes = await Promise.all([
      mailboxes.finishGoogle(dana, twice, 'dana'),
      mailboxes.finishGoogle(dana, twice, 'dana'),
    ]);
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['connected', 'expired']);

    const late = await consentAt(await ask());
    clock.advance(10 * MINUTE + SECOND);
    expect((await mailboxes.finishGoogle(dana, late, 'dana')).outcome).toBe('expired');
    expect((await mailboxes.finishGoogle(dana, { ...late, state: 'made-up' }, 'dana')).outcome).toBe('expired');
    expect((await mailboxes.finishGoogle(dana, {}, 'dana')).outcome).toBe('expired');
  });

  it('does not take a code that belongs to another verifier', async () => {
    const { mailboxes } = desk.runtime;
    const mine = await consentAt(await mailboxes.askGoogle(dana, { shared: false }, ORIGIN));
    const theirs = await consentAt(await mailboxes.askGoogle(tom, { shared: false }, ORIGIN));
    const mixed = { ...mine, code: theirs.code ?? '' };
    expect((await mailboxes.finishGoogle(dana, mixed, 'dana')).outcome).toBe('refused');
    expect((await mailboxes.list(admin)).items).toEqual([]);
  });

  it('says what went wrong, and keeps nothing', async () => {
    const { mailboxes } = desk.runtime;
    const run = async () => {
      const back = await consentAt(await mailboxes.askGoogle(dana, { shared: false }, ORIGIN));
      return (await mailboxes.finishGoogle(dana, back, 'dana')).outcome;
    };
    await gmail.answerConsent('denied');
    expect(await run()).toBe('denied');
    await gmail.answerConsent({ address: DANA, scopes: [GMAIL_SCOPES.metadata] });
    expect(await run()).toBe('no_scope');
    await gmail.answerConsent({ address: DANA });
    await gmail.plan('token', GMAIL_FAULTS.unavailable);
    expect(await run()).toBe('unavailable');
    expect((await mailboxes.list(admin)).items).toEqual([]);
    expect(await run()).toBe('connected');
  });

  it('keeps the refresh token encrypted and nowhere else', async () => {
    await connectGoogle(dana);
    const row = await desk.db.read.mailbox.findFirstOrThrow();
    expect(row.credentials).toMatch(/^v1\.[0-9a-f]{16}\./);
    expect(row.credentials).not.toContain('1//');
    await desk.runtime.mailboxes.disconnect(dana, row.id);
    expect((await desk.db.read.mailbox.findFirstOrThrow()).credentials).toBeNull();
  });
});

describe('who may manage a mailbox', () => {
  it('is its owner and every admin', async () => {
    const { mailboxes } = desk.runtime;
    const id = await connectGoogle(dana);
    expect((await mailboxes.list(tom)).items).toEqual([]);
    expect((await mailboxes.list(admin)).items.map((item) => item.id)).toEqual([id]);
    await expect(mailboxes.disconnect(tom, id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(mailboxes.test(tom, id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(mailboxes.askGoogle(tom, { shared: true }, ORIGIN)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(mailboxes.askGoogle(key, { shared: false }, ORIGIN)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await mailboxes.disconnect(admin, id)).toBe(true);
    expect((await mailboxes.list(admin)).items).toEqual([]);
  });

  it('takes the consent back at Google when it is disconnected, and when its owner leaves', async () => {
    const { mailboxes } = desk.runtime;
    await mailboxes.disconnect(dana, await connectGoogle(dana));
    await connectGoogle(dana);
    await mailboxes.forgetOwner(DANA);
    expect((await gmail.ledger()).requests.filter(({ path: asked }) => asked === '/revoke')).toHaveLength(2);
    expect((await mailboxes.list(admin)).items).toEqual([]);
  });
});

describe('a mailbox that must be connected again', () => {
  it('makes its dispatches wait, uncounted, and they go on by themselves', async () => {
    const [first = '', second = ''] = await opportunitiesOf(DANA, DANA);
    const id = await connectGoogle(dana);
    await gmail.revoke(DANA);
    const waiting = await dispatch(first);
    expect(await stateOf(waiting)).toMatchObject({
      state: 'retrying',
      attempts: 0,
      error: { code: 'mail_reconnect' },
    });
    expect(await mailboxOf(dana, id)).toMatchObject({ state: 'reconnect', waiting: 1 });
    // A day of looking changes nothing, and asks Google nothing.
    const asked = (await gmail.ledger()).requests.length;
    const alsoWaiting = await dispatch(second);
    for (let hour = 0; hour < 24; hour += 1) {
      clock.advance(HOUR);
      await desk.runtime.mailboxes.recheck();
    }
    expect((await gmail.ledger()).requests.length).toBe(asked);
    expect(await stateOf(waiting)).toMatchObject({ state: 'retrying', attempts: 0 });

    expect(await connectGoogle(dana)).toBe(id);
    await drafted(waiting);
    expect((await drafted(alsoWaiting)).attempts).toBe(1);
    expect(await gmail.drafts(DANA)).toHaveLength(2);
    expect(await mailboxOf(dana, id)).toMatchObject({ state: 'connected', error: null, waiting: 0 });
  });

  it('is not taken for lost by a failure of the credentials of before', async () => {
    const id = await connectGoogle(dana);
    const store = desk.db.write.mailbox;
    await store.update({ where: { id }, data: { state: 'reconnect' } });
    await connectGoogle(dana);
    expect((await store.findUniqueOrThrow({ where: { id } })).version).toBe(2);
    expect(await mailboxOf(dana, id)).toMatchObject({ state: 'connected' });
  });

  it('sends what waits elsewhere when it is disconnected', async () => {
    const [opportunity = ''] = await opportunitiesOf(DANA);
    const id = await connectGoogle(dana);
    await gmail.revoke(DANA);
    const waiting = await dispatch(opportunity);
    await desk.runtime.mailboxes.disconnect(dana, id);
    clock.advance(MINUTE);
    await desk.runtime.mailboxes.recheck();
    expect(await drafted(waiting)).toMatchObject({
      destination: 'Local drafts (.eml file)',
      draft: { provider: 'eml' },
    });
  });

  it('is what a flipped bit and another secret make of it, and the start goes on', async () => {
    const id = await connectGoogle(dana);
    const { credentials } = await desk.db.read.mailbox.findUniqueOrThrow({ where: { id } });
    const sealed = credentials ?? '';
    const last = sealed.endsWith('A') ? 'B' : 'A';
    await desk.db.write.mailbox.update({ where: { id }, data: { credentials: sealed.slice(0, -1) + last } });
    await desk.runtime.mailboxes.checkCredentials();
    expect(await mailboxOf(dana, id)).toMatchObject({
      state: 'reconnect',
      error: expect.stringContaining('cannot be read: they are damaged'),
    });
    await desk.db.write.mailbox.update({ where: { id }, data: { credentials: sealed } });
    await desk.runtime.mailboxes.checkCredentials();
    expect(await mailboxOf(dana, id)).toMatchObject({ state: 'connected', error: null });
  });
});

describe('a mailbox that hangs', () => {
  it('delays nobody else, and takes no more than its own places', async () => {
    const reps = [...Array.from({ length: 30 }, () => DANA), ...Array.from({ length: 10 }, () => TOM)];
    const ids = await opportunitiesOf(...reps);
    await connectGoogle(dana);
    await connectGoogle(tom);
    // All are put off once, so that the pump takes them all up at the same time.
    await gmail.always('create', GMAIL_FAULTS.rateLimited);
    const dispatches = await Promise.all(ids.map(dispatch));
    const states = await Promise.all(dispatches.map(stateOf));
    expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['retrying']));
    await gmail.always('create', { effect: 'none', answer: 'hang' });
    const before = (await gmail.ledger()).requests.length;
    clock.advance(5 * MINUTE);
    // Dana's are all due and hang; Tom's go to local files from now on.
    const [toTom] = (await desk.runtime.mailboxes.list(tom)).items;
    await desk.runtime.mailboxes.disconnect(tom, toTom?.id ?? '');
    const stuck = async () =>
      (await gmail.ledger()).requests
        .slice(before)
        .filter(({ method, path: asked }) => method === 'POST' && /drafts$/.test(asked)).length;
    await eventually(stuck, 'a call that hangs');
    const toms = await desk.db.read.dispatch.findMany({ where: { recipient: TOM }, select: { id: true } });
    expect(toms).toHaveLength(10);
    await Promise.all(toms.map(({ id }) => drafted(id)));
    expect(await stuck()).toBeLessThanOrEqual(4);
  });
});

describe('delegation by a service account', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await temporaryDirectory();
  });
  afterEach(() => removeDirectory(dataDir));

  it('leaves drafts in the mailbox of every rep of its domains', async () => {
    const { clientEmail, privateKey, privateKeyId } = await gmail.serviceAccount();
    const file = path.join(dataDir, 'key.json');
    const content = { client_email: clientEmail, private_key: privateKey, private_key_id: privateKeyId };
    await writeFile(file, JSON.stringify(content));
    await desk.close();
    desk = await openRuntime({
      clock,
      env: env({
        HEADROOM_GOOGLE_SERVICE_ACCOUNT_FILE: file,
        HEADROOM_GOOGLE_DELEGATED_DOMAINS: 'headroom.example',
      }),
    });
    const [opportunity = '', stranger = '', nobody = ''] = await opportunitiesOf(
      DANA,
      'sam@elsewhere.example',
      'nina@headroom.example',
    );
    expect(await drafted(await dispatch(opportunity))).toMatchObject({
      destination: 'Dana’s Gmail drafts',
      draft: { provider: 'gmail' },
    });
    expect(await gmail.drafts(DANA)).toHaveLength(1);
    expect((await drafted(await dispatch(stranger))).draft?.provider).toBe('eml');
    // Somebody who has no mailbox there: the admin sees it, and it is tried again by itself.
    const waiting = await dispatch(nobody);
    expect(await stateOf(waiting)).toMatchObject({ state: 'retrying', error: { code: 'mail_reconnect' } });
    const [item] = (await desk.runtime.mailboxes.list(admin)).items.filter(({ state }) => state === 'reconnect');
    expect(item).toMatchObject({ kind: 'gmail_delegated', address: 'nina@headroom.example', configured: true });
    await expect(desk.runtime.mailboxes.disconnect(admin, item?.id ?? '')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('says so where its key file is no good, and everything else goes on', async () => {
    const file = path.join(dataDir, 'key.json');
    await writeFile(file, '{}');
    await desk.close();
    desk = await openRuntime({
      clock,
      env: env({
        HEADROOM_GOOGLE_SERVICE_ACCOUNT_FILE: file,
        HEADROOM_GOOGLE_DELEGATED_DOMAINS: 'headroom.example',
      }),
    });
    expect(await desk.runtime.readiness()).toMatchObject({ ready: true, degraded: [{ part: 'mail' }] });
    const { ways } = await desk.runtime.mailboxes.list(admin);
    expect(ways.find(({ id }) => id === 'google_delegation')).toMatchObject({ state: 'degraded' });
  });
});

describe('opening a draft', () => {
  it('finds it in the mailbox at each click, offers a copy always, and says when it is gone', async () => {
    const [opportunity = ''] = await opportunitiesOf(DANA);
    await connectGoogle(dana);
    const { id } = await drafted(await dispatch(opportunity));
    const [stored] = await gmail.drafts(DANA);
    expect(await desk.runtime.desk.locateDraft(id)).toMatchObject({
      outcome: 'open',
      href: expect.stringContaining('https://mail.google.com/mail/'),
    });
    const there = await desk.runtime.desk.readDraft(id);
    expect(there.copy).toBe(false);
    await gmail.discard(DANA, stored?.draftId ?? '');
    expect(await desk.runtime.desk.locateDraft(id)).toMatchObject({ outcome: 'gone' });
    const copy = await desk.runtime.desk.readDraft(id);
    expect(copy.copy).toBe(true);
    const [header] = Buffer.from(copy.content).toString('latin1').split('\r\n\r\n');
    expect(header).toContain(`X-Headroom-Dispatch: ${id}`);
    await gmail.revoke(DANA);
    await gmail.endAccess(DANA);
    expect((await desk.runtime.desk.locateDraft(id))?.outcome).toBe('unknown');
    expect((await desk.runtime.desk.readDraft(id)).copy).toBe(true);
  });
});

describe('a draft that nobody but a person can speak for', () => {
  async function inDoubt(): Promise<{ id: string; mail: FaultyMail }> {
    const mail = createFaultyMail({ clock, settleMs: 0 });
    await desk.close();
    desk = await openRuntime({ clock, mail });
    const [opportunity = ''] = await opportunitiesOf(DANA);
    mail.planCreates('accept_then_drop');
    mail.planFinds('unknown');
    const id = await dispatch(opportunity);
    await desk.runtime.desk.retryDispatch(id, 'test').catch(() => undefined);
    await eventually(async () => (await stateOf(id)).error?.code === 'needs_person', 'the doubt');
    return { id, mail };
  }

  it('is there, says who looked: no second one is made', async () => {
    const { id, mail } = await inDoubt();
    await desk.runtime.desk.resolveDispatch(id, 'there', 'dana');
    const settled = await stateOf(id);
    expect(settled).toMatchObject({ state: 'drafted', error: null, draft: { draftId: settled.messageId } });
    expect(settled.timeline.at(-1)).toMatchObject({ kind: 'drafted', detail: 'Seen in the mailbox by a person.' });
    expect(mail.creates).toHaveLength(1);
    expect((await desk.runtime.reads.getOpportunity(settled.opportunityId)).status).toBe('drafted');
    // The mailbox never named it: it is looked for each time, and where that says nothing there is the copy.
    expect(await desk.runtime.desk.locateDraft(id)).toEqual({ outcome: 'local' });
    expect((await desk.runtime.desk.readDraft(id)).copy).toBe(false);
    mail.planFinds('unknown', 'unknown');
    expect(await desk.runtime.desk.locateDraft(id)).toEqual({ outcome: 'unknown', href: null });
    expect((await desk.runtime.desk.readDraft(id)).copy).toBe(true);
    await expect(desk.runtime.desk.resolveDispatch(id, 'not_there', 'dana')).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('is not there, says who looked: it is made again', async () => {
    const { id, mail } = await inDoubt();
    await desk.runtime.desk.resolveDispatch(id, 'not_there', 'dana');
    expect((await drafted(id)).timeline.map(({ detail }) => detail)).toContain(
      'There is no draft, says who looked; it is made again.',
    );
    expect(mail.creates).toHaveLength(2);
  });

  it('is nobody’s to decide while the mailbox can still be asked', async () => {
    const mail = createFaultyMail({ clock, settleMs: HOUR });
    await desk.close();
    desk = await openRuntime({ clock, mail });
    const [opportunity = ''] = await opportunitiesOf(DANA);
    mail.planCreates('accept_then_drop');
    const id = await dispatch(opportunity);
    for (const draft of ['there', 'not_there'] as const) {
      await expect(desk.runtime.desk.resolveDispatch(id, draft, 'dana')).rejects.toMatchObject({ code: 'conflict' });
    }
    expect(mail.creates).toHaveLength(1);
  });

  it('is what becomes of one whose mailbox was disconnected meanwhile', async () => {
    const [opportunity = ''] = await opportunitiesOf(DANA);
    const box = await connectGoogle(dana);
    await gmail.plan('create', { effect: 'done', answer: 'reset' });
    const id = await dispatch(opportunity);
    expect((await stateOf(id)).state).toBe('uncertain');
    await desk.runtime.mailboxes.disconnect(dana, box);
    clock.advance(HOUR);
    await desk.runtime.mailboxes.recheck();
    expect(await stateOf(id)).toMatchObject({
      state: 'uncertain',
      nextAttemptAt: null,
      error: { code: 'needs_person' },
    });
    expect(await gmail.drafts(DANA)).toHaveLength(1);
    await desk.runtime.desk.resolveDispatch(id, 'there', 'dana');
    expect((await stateOf(id)).state).toBe('drafted');
  });
});

describe('another secret', () => {
  const secretOf = (text: string) => ({ HEADROOM_SECRET: `${text}-secret-of-these-tests-0123456789` });
  const reopen = async (more: Record<string, string>) => {
    const { dataDir } = desk;
    await desk.close();
    desk = await openRuntime({ clock, dataDir, env: env(more) });
    await desk.runtime.start();
  };
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await temporaryDirectory();
    directories.push(dataDir);
    await desk.close();
    await createDatabase(dataDir);
    desk = await openRuntime({ clock, dataDir, env: env(secretOf('first')) });
  });

  it('makes the mailboxes say so, and the one of before opens them again', async () => {
    const id = await connectGoogle(dana);
    await reopen(secretOf('second'));
    expect(await mailboxOf(dana, id)).toMatchObject({
      state: 'reconnect',
      error: expect.stringContaining('HEADROOM_SECRET_PREVIOUS'),
    });
    await reopen({ ...secretOf('second'), HEADROOM_SECRET_PREVIOUS: secretOf('first').HEADROOM_SECRET });
    expect(await mailboxOf(dana, id)).toMatchObject({ state: 'connected', error: null });
  });

  it('takes the place of the first by rotation, after which that one opens nothing', async () => {
    const id = await connectGoogle(dana);
    const store = createMailboxStore(desk.db);
    const [first, second] = [secretOf('first').HEADROOM_SECRET, secretOf('second').HEADROOM_SECRET];
    const before = (await store.get(id))?.credentials;
    expect(await rotateCredentials(store, createSecretBox(second, [first]))).toEqual({
      rotated: 1,
      current: 0,
      unreadable: [],
    });
    expect(await rotateCredentials(store, createSecretBox(second, [first]))).toMatchObject({ rotated: 0, current: 1 });
    expect((await store.get(id))?.credentials).not.toBe(before);
    expect(await rotateCredentials(store, createSecretBox(first))).toMatchObject({ unreadable: [DANA] });
    await reopen(secretOf('second'));
    const [opportunity = ''] = await opportunitiesOf(DANA);
    expect((await drafted(await dispatch(opportunity))).draft?.provider).toBe('gmail');
  });
});

it('leaves no token and no secret in any file', async () => {
  const [opportunity = ''] = await opportunitiesOf(DANA);
  await connectGoogle(dana);
  await drafted(await dispatch(opportunity));
  const token = await gmail.grant(DANA, [GMAIL_SCOPES.compose]);
  expect(token.slice(0, 3)).toBe('1//');
  const names = await readdir(desk.dataDir, { recursive: true, withFileTypes: true });
  for (const file of names.filter((entry) => entry.isFile())) {
    const bytes = await readFile(path.join(file.parentPath, file.name));
    for (const secret of ['1//', 'ya29.', gmail.clientSecret]) expect(bytes.includes(secret), file.name).toBe(false);
  }
});
