import { DANA, danasDrafts } from '../../helpers/gmail-desk';
import { startGmailServer } from '../../helpers/gmail-server';
import { describeMailDrafts } from './mail-drafts.suite';

describeMailDrafts('Gmail', async () => {
  const server = await startGmailServer();
  return {
    drafts: await danasDrafts(server),
    tamper: (message, draft) => server.tamper(DANA, draft.draftId, message.messageId, `x-${message.messageId}`),
    remove: (draft) => server.remove(DANA, draft.draftId),
    close: () => server.close(),
  };
});
