import { LOCAL_MAILBOX } from '../domain/mailbox-routing';
import { AppError } from '../errors';
import type { Mailboxes, MailDrafts } from '../ports';

/** One mailbox for everything, for whoever embeds the desk; null is none. */
export function singleMailbox(mail: MailDrafts | null, atOnce = 16): Mailboxes {
  return {
    route: async () => ({ mailboxId: LOCAL_MAILBOX, destination: mail?.destination ?? 'No mailbox available' }),
    async open() {
      if (mail) return mail;
      throw new AppError('mail_unavailable', 'No mailbox is available to leave the draft in.', {
        retryable: true,
        remedy: 'See the mail integration on the Agents page.',
      });
    },
    enter: () => () => {},
    atOnce: () => atOnce,
    free: () => atOnce,
  };
}
