import type { ListResponse } from 'imapflow';
import { AppError } from '../../errors';

type Mailbox = Pick<ListResponse, 'path' | 'name' | 'flags' | 'specialUse' | 'specialUseSource'>;

export interface ChosenMailbox {
  path: string;
  /** The settings name it, the server marks it (RFC 6154), or it has one of the usual names. */
  foundBy: 'setting' | 'special_use' | 'name';
}

const MAX_NAMED = 20;

/**
 * The mailbox that drafts go to. Usual names are those that the IMAP client knows, in some forty languages.
 * @throws AppError `mail_rejected`, naming the mailboxes that there are.
 */
export function chooseDraftsMailbox(mailboxes: readonly Mailbox[], wanted: string | undefined): ChosenMailbox {
  const usable = mailboxes.filter(({ flags }) => !isContainer(flags));
  if (wanted !== undefined) {
    const exact = usable.find(({ path }) => path === wanted);
    const found = exact ?? usable.find(({ path }) => path.toLowerCase() === wanted.toLowerCase());
    if (found) return { path: found.path, foundBy: 'setting' };
    throw missing(`There is no folder «${wanted}» in this mailbox.`, usable);
  }
  const drafts = usable.find(({ specialUse }) => specialUse === '\\Drafts');
  if (!drafts) throw missing('This mailbox has no folder for drafts.', usable);
  return { path: drafts.path, foundBy: drafts.specialUseSource === 'name' ? 'name' : 'special_use' };
}

/** A name in the tree that holds no messages. */
function isContainer(flags: ReadonlySet<string>): boolean {
  return [...flags].some((flag) => /^\\(NoSelect|NonExistent)$/i.test(flag));
}

function missing(message: string, usable: readonly Mailbox[]): AppError {
  const names = usable.slice(0, MAX_NAMED).map(({ path }) => `«${path}»`);
  const there = names.length === 0 ? 'There is none at all.' : `There are: ${names.join(', ')}${more(usable.length)}.`;
  return new AppError('mail_rejected', `${message} ${there}`, {
    remedy: 'Create a folder called Drafts, or name the one to use in Settings → Mail, then press Retry.',
  });
}

function more(count: number): string {
  return count > MAX_NAMED ? ` and ${count - MAX_NAMED} more` : '';
}
