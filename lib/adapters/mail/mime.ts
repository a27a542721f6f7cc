import MailComposer from 'nodemailer/lib/mail-composer';
import { AppError } from '../../errors';
import type { DraftMessage } from '../../ports';

/** Header that ties a draft to its row in the dispatch log; read back before a found draft is adopted. */
export const DISPATCH_HEADER = 'X-Headroom-Dispatch';

/** Whom a draft is from: the person in whose mailbox it stands, or the desk. */
export interface Sender {
  name: string;
  address: string;
}

/**
 * The draft as an RFC 5322 message with an HTML and a plain-text body. `X-Unsent: 1` makes mail programs open it as a
 * draft to edit. No part of it can break out of its header.
 * @throws AppError `mail_rejected` for an address that is none.
 */
export async function buildMime(message: DraftMessage, from: string | Sender): Promise<Buffer> {
  const sender = typeof from === 'string' ? { name: 'Headroom', address: from } : from;
  const composer = new MailComposer({
    from: { name: oneLine(sender.name), address: checkAddress(sender.address) },
    ...(message.to === null
      ? {}
      : { to: { name: oneLine(message.to.name ?? ''), address: checkAddress(message.to.address) } }),
    subject: oneLine(message.subject),
    messageId: `<${message.messageId}>`,
    date: message.date,
    text: message.text,
    html: message.html,
    headers: { 'X-Unsent': '1', [DISPATCH_HEADER]: message.dispatchId },
    disableFileAccess: true,
    disableUrlAccess: true,
    // A text keeps its bare line feeds otherwise, which IMAP forbids and Gmail need not take.
    newline: 'windows',
  });
  return composer.compile().build();
}

/**
 * Text as one line of a header: control characters, line breaks and marks that turn the reading direction become
 * spaces. What looks like an encoded word (`=?utf-8?…`) is parted, or the reader's mail program would decode it.
 */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').replaceAll('=?', '= ?');
}

// One mailbox, nothing that a header could be made of or an eye be deceived by: no white space, control or invisible
// characters, brackets, commas, quotes.
const MAILBOX = /^[^\p{Cc}\p{Cf}\s<>()[\],;:\\"@]{1,64}@[^\p{Cc}\p{Cf}\s<>()[\],;:\\"@]{1,253}$/u;

function checkAddress(address: string): string {
  if (MAILBOX.test(address)) return address;
  throw new AppError('mail_rejected', `"${oneLine(address)}" is not an email address.`, {
    remedy: 'Correct the rep’s address in the account and press Retry.',
  });
}
