import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMailboxStore } from '../../lib/db/mailbox-store';
import type { Viewer } from '../../lib/domain/access';
import { connectMailboxes, openSecretBox } from '../../lib/integrations';
import { rotateCredentials } from '../../lib/mail/rotate';
import { createMailRouter } from '../../lib/mail/router';
import { createSecretBox } from '../../lib/secrets';
import { createClock, HOUR, SECOND, type TestClock } from '../helpers/clock';
import { ENGINE } from '../helpers/database';
import { GMAIL_FAULTS } from '../helpers/gmail-faults';
import { type GmailServer, startGmailServer } from '../helpers/gmail-server';
import { importAtDesk, outgrowingRow } from '../helpers/portfolio';
import { openRuntime, type TestRuntime } from '../helpers/runtime';

const ORIGIN = 'http://localhost:3000';
const DANA = 'dana.okafor@headroom.example';
const dana: Viewer = { kind: 'user', id: 'u-dana', name: 'Dana', email: DANA, role: 'rep' };
const admin: Viewer = { kind: 'user', id: 'u-admin', name: 'Ada', email: 'ada@headroom.example', role: 'admin' };

let gmail: GmailServer;
let desk: TestRuntime;
let clock: TestClock;
const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };

beforeEach(async () => {
  clock = createClock();
  gmail = await startGmailServer({ mailboxes: [DANA], clock });
  const env = {
    HEADROOM_GOOGLE_CLIENT_ID: gmail.clientId,
    HEADROOM_GOOGLE_CLIENT_SECRET: gmail.clientSecret,
    HEADROOM_GOOGLE_ISSUER: gmail.url,
    HEADROOM_GOOGLE_API_URL: gmail.endpoints.api,
    HEADROOM_ALLOWED_PRIVATE_RANGES: '127.0.0.1',
  };
  desk = await openRuntime({ clock, env });
});
afterEach(async () => {
  vi.clearAllMocks();
  await desk.close();
  await gmail.close();
});

/** The mailboxes as another instance on the same database has them. */
function connectAnother(config = desk.config) {
  return connectMailboxes({
    ...{ config, db: desk.db, clock, log, random: () => 0, given: undefined, onResume: () => {} },
    mail: { drafts: null, problem: null },
  });
}

async function connectGoogle(viewer: Viewer, mailboxes = desk.runtime.mailboxes, shared = false): Promise<string> {
  await gmail.answerConsent({ address: DANA });
  const url = await mailboxes.askGoogle(viewer, { shared }, ORIGIN);
  const answer = await fetch(url, { redirect: 'manual' });
  const back = Object.fromEntries(new URL(answer.headers.get('location') ?? '').searchParams);
  const { outcome, mailboxId } = await mailboxes.finishGoogle(viewer, back, viewer.id);
  expect(outcome).toBe('connected');
  return mailboxId ?? '';
}

async function dispatchToDana(): Promise<string> {
  await importAtDesk(desk.runtime, [outgrowingRow('a-1', { rep_email: DANA })]);
  const { items } = await desk.runtime.reads.listOpportunities({ limit: 1 });
  const outcome = await desk.runtime.desk.dispatch(items[0]?.id ?? '', 'test');
  if (outcome.outcome === 'gated') throw new Error('gated');
  return outcome.dispatchId;
}

const requestsTo = async (path: string) => (await gmail.ledger()).requests.filter((request) => request.path === path);

describe('two instances on one database', () => {
  it('see within a second what the other one did to a mailbox', async () => {
    const other = await connectAnother();
    expect((await desk.runtime.mailboxes.list(dana)).destination).toBe('Local drafts (.eml file)');
    // The consent began at one and comes back at the other, as behind a balancer.
    const id = await connectGoogle(dana, other.desk);
    await vi.waitFor(
      async () => expect((await desk.runtime.mailboxes.list(dana)).destination).toBe('Dana’s Gmail drafts'),
      { timeout: 1_500 },
    );
    await desk.runtime.mailboxes.disconnect(dana, id);
    await vi.waitFor(async () => expect((await other.desk.list(dana)).destination).toBe('Local drafts (.eml file)'), {
      timeout: 1_500,
    });
    await other.close();
  });

  it('open a mailbox with what it was connected with last, wherever that was', async () => {
    const other = await connectAnother();
    const id = await connectGoogle(dana);
    await (await other.mailboxes.open(id)).findDraft('m@x.example', {
      dispatchId: 'd',
      since: new Date(0),
      signal: AbortSignal.timeout(SECOND),
    });
    await gmail.revoke(DANA);
    await connectGoogle(dana);
    const found = await (await other.mailboxes.open(id)).findDraft('m@x.example', {
      dispatchId: 'd',
      since: new Date(0),
      signal: AbortSignal.timeout(SECOND),
    });
    expect(found).toEqual({ outcome: 'absent' });
    await other.close();
  });

  it('let go of the mailbox of who leaves, though another instance has only just connected it', async () => {
    const other = await connectAnother();
    // What this instance keeps for a second says that there is none.
    await desk.runtime.mailboxes.list(admin);
    await connectGoogle(dana, other.desk);
    await desk.runtime.mailboxes.forgetOwner(DANA);
    expect(await desk.db.read.mailbox.findFirstOrThrow()).toMatchObject({ state: 'disconnected', credentials: null });
    await other.close();
  });

  it('are told at the start that they need one secret, where each may have its own', async () => {
    const said = () => log.warn.mock.calls.filter(([, message]) => String(message).includes('HEADROOM_SECRET'));
    await (await connectAnother()).close();
    expect(said()).toHaveLength(ENGINE === 'postgresql' ? 1 : 0);
    log.warn.mockClear();
    await (await connectAnother({ ...desk.config, secret: 'a-secret-that-all-instances-have-0123' })).close();
    expect(said()).toEqual([]);
  });
});

describe('one account at Google in two mailboxes', () => {
  it('is not taken from the one when the other is disconnected', async () => {
    const own = await connectGoogle(dana);
    const shared = await connectGoogle(admin, desk.runtime.mailboxes, true);
    expect(await desk.runtime.mailboxes.disconnect(admin, shared)).toBeNull();
    expect(await requestsTo('/revoke')).toEqual([]);
    expect(await desk.runtime.mailboxes.test(dana, own)).toMatchObject({ state: 'connected' });
    expect(await desk.runtime.mailboxes.disconnect(dana, own)).toBe(true);
    expect(await requestsTo('/revoke')).toHaveLength(1);
  });
});

describe('a mailbox that does not answer', () => {
  it('is not said to work because somebody has opened it', async () => {
    const id = await connectGoogle(dana);
    await gmail.always('list', GMAIL_FAULTS.unavailable);
    await desk.runtime.mailboxes.test(dana, id);
    const store = createMailboxStore(desk.db);
    expect((await store.get(id))?.state).toBe('error');
    const onChange = vi.fn();
    const router = createMailRouter({
      ...{ config: desk.config, store, box: await openSecretBox(desk.config), clock, random: () => 0, log, onChange },
      ...{ local: null, localProblem: null },
    });
    const mailbox = await router.open(id);
    expect((await store.get(id))?.state).toBe('error');
    expect(onChange).not.toHaveBeenCalled();
    await gmail.always('list', null);
    clock.advance(HOUR);
    await mailbox.findDraft('m@x.example', {
      dispatchId: 'd',
      since: new Date(0),
      signal: AbortSignal.timeout(SECOND),
    });
    expect((await store.get(id))?.state).toBe('connected');
    expect(onChange).toHaveBeenCalledTimes(1);
    await router.close();
  });
});

it('leaves drafts in the name of the person whose mailbox it is, where the desk knows it', async () => {
  const now = clock();
  const named = {
    id: 'u-dana',
    email: DANA,
    name: 'Dana\r\nBcc: x@evil.example Okafor',
    createdAt: now,
    updatedAt: now,
  };
  await desk.db.write.user.create({ data: named });
  await connectGoogle(dana);
  await dispatchToDana();
  const [draft] = await gmail.drafts(DANA);
  const header = draft?.raw.slice(0, draft.raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ') ?? '';
  expect(header).toContain(`From: "Dana Bcc: x@evil.example Okafor" <${DANA}>`);
  expect(header).not.toMatch(/^Bcc:/m);
});

it('encrypts every mailbox anew, however many there are', async () => {
  const [before, after] = [createSecretBox('a'.repeat(32)), createSecretBox('b'.repeat(32), ['a'.repeat(32)])];
  const now = clock();
  const rows = Array.from({ length: 2_050 }, (_, index) => {
    const id = `imap.${index}`;
    const settings = { ...{ connectedBy: 'test', connectedAt: now, updatedAt: now }, state: 'connected' };
    return {
      id,
      kind: 'imap',
      address: `r${index}@x.example`,
      credentials: before.seal('p', `mailbox:${id}`),
      ...settings,
    };
  });
  await desk.db.write.mailbox.createMany({ data: rows });
  const outcome = await rotateCredentials(createMailboxStore(desk.db), after);
  expect(outcome).toEqual({ rotated: 2_050, current: 0, unreadable: [] });
}, 120_000);
