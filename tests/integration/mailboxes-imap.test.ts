import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '../../lib/domain/access';
import { placeOf } from '../../lib/mail/open-mailbox';
import { createSecretBox } from '../../lib/secrets';
import { createClock } from '../helpers/clock';
import { type Dovecot, isDovecotInstalled, PASSWORD, startDovecot } from '../helpers/dovecot';
import { eventually } from '../helpers/eventually';
import { importAtDesk, outgrowingRow } from '../helpers/portfolio';
import { openRuntime, type TestRuntime } from '../helpers/runtime';

const DANA = 'dana.okafor@headroom.example';
const dana: Viewer = { kind: 'user', id: 'u-dana', name: 'Dana', email: DANA, role: 'rep' };
const admin: Viewer = { kind: 'user', id: 'u-admin', name: 'Ada', email: 'ada@headroom.example', role: 'admin' };
const key: Viewer = { kind: 'key', id: 'k-1', name: 'CI', email: null, role: 'admin' };

describe.skipIf(!isDovecotInstalled)('mailboxes at an IMAP server', () => {
  let dovecot: Dovecot;
  let desk: TestRuntime;
  const clock = createClock();
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot?.close());
  afterEach(() => desk.close());

  const server = () => ({
    HEADROOM_IMAP_HOST: dovecot.host,
    HEADROOM_IMAP_PORT: String(dovecot.port),
    HEADROOM_IMAP_SECURITY: 'none',
    HEADROOM_DISPATCH_BACKOFF_MS: '1000',
  });

  async function dispatchFor(rep: string): Promise<string> {
    await importAtDesk(desk.runtime, [outgrowingRow('a', { rep_email: rep })]);
    const { items } = await desk.runtime.reads.listOpportunities({ limit: 1 });
    const outcome = await desk.runtime.desk.dispatch(items[0]?.id ?? '', 'test');
    if (outcome.outcome === 'gated') throw new Error('gated');
    return outcome.dispatchId;
  }
  const drafted = (id: string) =>
    eventually(async () => {
      const dispatch = await desk.runtime.reads.getDispatch(id);
      return dispatch.state === 'drafted' ? dispatch : null;
    }, 'the draft');

  it('logs in before it keeps anything, and drafts of the owner go there', async () => {
    const account = await dovecot.account();
    desk = await openRuntime({ clock, env: server() });
    const { mailboxes } = desk.runtime;
    const given = { user: account.user, address: DANA, password: PASSWORD };
    await expect(mailboxes.connectImap(dana, { ...given, password: 'yesterday’s' }, 'dana')).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [{ path: 'password' }],
    });
    await expect(mailboxes.connectImap(dana, { ...given, folder: 'Nowhere' }, 'dana')).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [{ path: 'folder' }],
    });
    expect((await mailboxes.list(admin)).items).toEqual([]);
    expect(await mailboxes.connectImap(dana, given, 'dana')).toMatchObject({
      kind: 'imap',
      state: 'connected',
      destination: 'Dana’s drafts',
      mine: true,
    });
    const made = await drafted(await dispatchFor(DANA));
    expect(made).toMatchObject({ destination: 'Dana’s drafts', draft: { provider: 'imap' } });
    const [stored] = await account.messages();
    expect(stored?.flags).toContain('\\Draft');
    expect(stored?.source).toContain(`X-Headroom-Dispatch: ${made.id}`);
    expect(await desk.runtime.desk.locateDraft(made.id)).toEqual({ outcome: 'local' });
    await account.remove(stored?.uid ?? 0);
    expect(await desk.runtime.desk.locateDraft(made.id)).toEqual({ outcome: 'gone' });
  });

  it('never keeps a password that anybody could read, nor says one', async () => {
    const account = await dovecot.account();
    desk = await openRuntime({ clock, env: server() });
    const given = { user: account.user, address: DANA, password: PASSWORD };
    const item = await desk.runtime.mailboxes.connectImap(dana, given, 'dana');
    const row = await desk.db.read.mailbox.findUniqueOrThrow({ where: { id: item.id } });
    expect(JSON.stringify([row, item, await desk.runtime.mailboxes.list(admin)])).not.toContain('canary');
  });

  it('is connected again when its password has changed, and what waited goes on', async () => {
    const first = await dovecot.account();
    const secret = 'a-secret-of-these-tests-0123456789abcdef';
    desk = await openRuntime({ clock, env: { ...server(), HEADROOM_SECRET: secret } });
    const { mailboxes } = desk.runtime;
    const given = { user: first.user, address: DANA, password: PASSWORD };
    const { id } = await mailboxes.connectImap(dana, given, 'dana');
    // As if its owner had chosen another password: what is stored opens nothing any more.
    const credentials = createSecretBox(secret).seal('yesterday’s', placeOf(id));
    await desk.db.write.mailbox.update({ where: { id }, data: { credentials, version: 2 } });
    const waiting = await dispatchFor(DANA);
    expect(await desk.runtime.reads.getDispatch(waiting)).toMatchObject({
      state: 'retrying',
      attempts: 0,
      error: { code: 'mail_reconnect' },
    });
    expect((await mailboxes.list(dana)).items[0]).toMatchObject({ state: 'reconnect', waiting: 1 });
    expect(await mailboxes.test(dana, id)).toMatchObject({ state: 'reconnect' });
    expect((await mailboxes.connectImap(dana, given, 'dana')).id).toBe(id);
    await drafted(waiting);
    expect(await first.messages()).toHaveLength(1);
  });

  it('is shared where configuration says so, for reps who have none', async () => {
    const account = await dovecot.account();
    desk = await openRuntime({
      clock,
      env: { ...server(), HEADROOM_IMAP_USER: account.user, HEADROOM_IMAP_PASSWORD: PASSWORD },
    });
    const made = await drafted(await dispatchFor('tom@headroom.example'));
    expect(made.destination).toMatch(/^Shared drafts \(/);
    expect(await account.messages()).toHaveLength(1);
  });

  it('belongs to nobody whom it was not given to, and leads into no private network', async () => {
    const account = await dovecot.account();
    desk = await openRuntime({ clock });
    const { mailboxes } = desk.runtime;
    const given = { host: dovecot.host, port: dovecot.port, user: account.user, address: DANA, password: PASSWORD };
    await expect(mailboxes.connectImap(dana, { ...given, security: 'none' }, 'dana')).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [{ path: 'host', message: expect.stringContaining('may call') }],
    });
    await expect(mailboxes.connectImap(dana, { ...given, host: 'localhost' }, 'dana')).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [{ path: 'host' }],
    });
    await expect(mailboxes.connectImap(dana, { ...given, shared: true }, 'dana')).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(mailboxes.connectImap(key, given, 'key')).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(
      mailboxes.connectImap(dana, { user: 'x', password: 'y', address: DANA }, 'dana'),
    ).rejects.toMatchObject({ issues: [{ path: 'host' }] });
    expect(await desk.db.read.mailbox.count()).toBe(0);
  });
});
