import type { MailboxItem, MailWay } from '@/lib/contracts';

export const KIND_WORDS: Record<MailboxItem['kind'], string> = {
  gmail_oauth: 'Gmail, by consent',
  gmail_delegated: 'Gmail, by delegation',
  imap: 'IMAP',
};

export const WAY_WORDS: Record<MailWay['id'], string> = {
  google_consent: 'Gmail, each rep gives consent',
  google_delegation: 'Gmail, for a whole Google Workspace',
  imap: 'IMAP',
  eml: 'Files (.eml)',
};

/** What the way back from Google's consent page came to. */
export const GOOGLE_OUTCOMES = [
  'connected',
  'denied',
  'expired',
  'no_scope',
  'no_offline',
  'no_gmail',
  'client',
  'refused',
  'unavailable',
] as const;

export const OUTCOME_WORDS: Record<(typeof GOOGLE_OUTCOMES)[number], string> = {
  connected: 'Your Gmail is connected. Drafts go there from now on.',
  denied: 'You said no at Google, so nothing was connected.',
  expired: 'That way back from Google works once, for ten minutes. Connect again.',
  no_scope: 'The box for drafts was not ticked at Google. Connect again and leave it ticked.',
  no_offline:
    'Google gave no lasting access. Remove Headroom at myaccount.google.com, under third-party access, and connect again.',
  no_gmail: 'That Google account has no Gmail that could be used. Is the Gmail API switched on in Google’s console?',
  client: 'Google does not know this desk. An admin must correct the client id and secret in the configuration.',
  refused: 'Google did not accept the way back from its page. Connect again.',
  unavailable: 'Google did not answer. Try again in a moment.',
};
