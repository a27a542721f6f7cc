import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImapDrafts } from '../../../lib/adapters/mail/imap';
import { type Dovecot, isDovecotInstalled, PASSWORD, startDovecot } from '../../helpers/dovecot';
import { type ImapProxy, startImapProxy } from '../../helpers/imap-proxy';
import { describeMailDrafts, type MailFault } from './mail-drafts.suite';

/** All that IMAP has and a draft needs. None of it sends, and nothing else may be said to the server. */
const ALLOWED = [
  ...['CAPABILITY', 'ID', 'STARTTLS', 'AUTHENTICATE', 'LOGIN', 'NAMESPACE', 'NOOP', 'LOGOUT'],
  ...['LIST', 'LSUB', 'EXAMINE', 'APPEND', 'UID SEARCH', 'UID FETCH', 'FETCH'],
];

describe.skipIf(!isDovecotInstalled)('IMAP, on a Dovecot of its own', () => {
  let dovecot: Dovecot;
  const proxies: ImapProxy[] = [];
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(async () => {
    await dovecot?.close();
  });

  const faults: MailFault[] = [
    ...(['busy', 'unreachable', 'refused', 'locked_out'] as const),
    ...(['lost', 'unanswered', 'silent', 'filter_ignored'] as const),
  ];

  describeMailDrafts(
    'IMAP',
    async () => {
      const account = await dovecot.account();
      const proxy = await startImapProxy(dovecot);
      proxies.push(proxy);
      let password = PASSWORD;
      const drafts = createImapDrafts({
        ...{ host: '127.0.0.1', port: proxy.port, security: 'none', user: account.user },
        ...{ address: 'dana@headroom.example', destination: 'Dana’s drafts', timeoutMs: 1_000 },
        get password() {
          return password;
        },
      });
      return {
        drafts,
        async tamper(message, draft) {
          const [stored] = await account.messages();
          await account.remove(Number(draft.draftId.split(':')[1]));
          await account.put(stored?.source.replace(message.messageId, `x-${message.messageId}`) ?? '');
        },
        async remove(draft) {
          await account.remove(Number(draft.draftId.split(':')[1]));
        },
        async inject(fault) {
          if (fault === 'busy') await proxy.plan('bye');
          if (fault === 'unreachable') await proxy.plan('refuse');
          if (fault === 'lost') await proxy.plan('cut_in_message');
          if (fault === 'unanswered') await proxy.plan('cut_after_append');
          if (fault === 'silent') await proxy.plan('hang_after_append');
          if (fault === 'refused') await account.allowStoring(false);
          if (fault === 'locked_out') password = 'yesterday’s';
          if (fault === 'filter_ignored') {
            const everything = (await account.messages()).map(({ uid }) => uid).join(' ');
            proxy.edit((line) => (line.startsWith('* SEARCH') ? `* SEARCH ${everything}` : line));
          }
        },
        async heal() {
          password = PASSWORD;
          await account.allowStoring(true);
          // Dovecot asks once a session what is allowed.
          proxy.cut();
          await proxy.plan('none');
        },
        count: async (messageId) =>
          (await account.messages()).filter(({ source }) => source.includes(`Message-ID: <${messageId}>`)).length,
        async fill(count) {
          for (let index = 0; index < count; index += 1) {
            await account.put(`Message-ID: <n${index}@elsewhere.example>\r\nSubject: Lunch\r\n\r\nHi\r\n`);
          }
        },
        async close() {
          await drafts.close();
          await proxy.close();
        },
      };
    },
    faults,
  );

  it('has said nothing to the server in all this but what reads and stores drafts', () => {
    const said = new Set(proxies.flatMap(({ commands }) => commands));
    expect([...said].filter((command) => !ALLOWED.includes(command))).toEqual([]);
    expect([...said]).toEqual(expect.arrayContaining(['AUTHENTICATE', 'LIST', 'EXAMINE', 'UID SEARCH', 'APPEND']));
  });
});
