import type { TokenSource } from '../../../lib/adapters/mail/gmail-tokens';
import { createClock, MINUTE } from '../../helpers/clock';
import { DANA, danasDrafts, danasToken, localHttp } from '../../helpers/gmail-desk';
import { GMAIL_FAULTS } from '../../helpers/gmail-faults';
import { startGmailServer } from '../../helpers/gmail-server';
import { describeMailDrafts } from './mail-drafts.suite';

const WHILE_CREATING = {
  busy: GMAIL_FAULTS.rateLimited,
  refused: GMAIL_FAULTS.noPermission,
  lost: GMAIL_FAULTS.resetBefore,
  unanswered: GMAIL_FAULTS.resetAfter,
  silent: GMAIL_FAULTS.hangAfter,
};
const NOBODY = 'http://127.0.0.1:9';

describeMailDrafts('Gmail', async () => {
  const server = await startGmailServer();
  const clock = createClock();
  let isReachable = true;
  let consent: TokenSource = await danasToken(server);
  const drafts = await danasDrafts(server, {
    clock,
    timeoutMs: 800,
    http: (url, request) => localHttp(isReachable ? url : new URL(url.pathname, NOBODY), request),
    token: { accessToken: (signal) => consent.accessToken(signal), discard: (token) => consent.discard(token) },
  });
  return {
    drafts,
    tamper: (message, draft) => server.tamper(DANA, draft.draftId, message.messageId, `x-${message.messageId}`),
    remove: (draft) => server.remove(DANA, draft.draftId),
    async inject(fault) {
      if (fault === 'unreachable') isReachable = false;
      else if (fault === 'locked_out') await server.revoke(DANA);
      else if (fault === 'filter_ignored') await server.behave({ ignoreFilter: true });
      else await server.plan('create', WHILE_CREATING[fault]);
    },
    async heal() {
      isReachable = true;
      consent = await danasToken(server);
      clock.advance(MINUTE);
    },
    async count(messageId) {
      return (await server.drafts(DANA)).filter(({ raw }) => raw.includes(`<${messageId}>`)).length;
    },
    async fill(count) {
      for (let index = 0; index < count; index += 1) {
        const header = `Message-ID: <CA+${index}@mail.gmail.com>\r\nFrom: ${DANA}\r\nSubject: Lunch`;
        await server.addDraft(DANA, `${header}\r\n\r\nHi\r\n`);
      }
    },
    close: () => server.close(),
  };
}, ['busy', 'unreachable', 'refused', 'locked_out', 'lost', 'unanswered', 'silent', 'filter_ignored']);
