import type { Noticing } from './agents/noticing';
import type { Database } from './db/client';
import type { Scope } from './domain/access';
import { AppError, isAppError } from './errors';
import type { DraftLocation, DraftMessage, DraftReference, Log, Mailboxes } from './ports';
import type { NoticeLog, NoticeRecord } from './ports/drafting';

/** How long somebody who opens a draft waits for its mailbox, in milliseconds. */
const LOOK_MS = 8_000;

export interface NoticeDeskOptions {
  db: Database;
  notices: NoticeLog;
  noticing: Noticing;
  mailboxes: Mailboxes;
  /** The message of a draft, for a copy of it. */
  buildMessage(draft: DraftMessage): Promise<Uint8Array>;
  clock: () => Date;
  log: Log;
}

/** What people do with the draft of a notice. Every method throws AppError `not_found` for what the scope does not see. */
export interface NoticeDesk {
  /** Where the draft is now; null where there is none yet. Asked of the mailbox at each call. */
  locate(id: string, scope: Scope): Promise<DraftLocation | null>;
  /** The draft as an RFC 5322 message: what lies in the mailbox, or where that gives nothing a copy of what was left. */
  read(id: string, scope: Scope): Promise<{ content: Uint8Array; copy: boolean }>;
  /** @throws AppError `conflict` where the notice is not one that can be tried again. */
  retry(id: string, scope: Scope): Promise<void>;
  /** A person looked for a draft that nobody else can speak for. @throws AppError `conflict` where nobody need say. */
  resolve(id: string, draft: 'there' | 'not_there', scope: Scope): Promise<void>;
}

export function createNoticeDesk({ db, notices, noticing, mailboxes, ...options }: NoticeDeskOptions): NoticeDesk {
  const { clock, log } = options;

  async function find(id: string, scope: Scope): Promise<{ record: NoticeRecord; draft: DraftReference | null }> {
    const [record, row] = await Promise.all([
      notices.get(id),
      db.read.notice.findUnique({
        where: { id },
        select: { provider: true, draftId: true, draftLocation: true, account: { select: { repEmail: true } } },
      }),
    ]);
    const { repEmail } = scope;
    const seen = repEmail === null || row?.account?.repEmail === repEmail || record?.notice.to.address === repEmail;
    if (!record || !row || !seen) throw new AppError('not_found', `There is no notice "${id}".`);
    const { provider, draftId, draftLocation } = row;
    const draft = provider === null || draftId === null ? null : { provider, draftId, location: draftLocation ?? '' };
    return { record, draft };
  }

  /** The draft as the mailbox knows it: one that a person adopted is looked for by its Message-ID. */
  async function inMailbox(record: NoticeRecord, draft: DraftReference, signal: AbortSignal) {
    const mail = await mailboxes.open(record.mailboxId);
    if (mail.provider !== draft.provider) return null;
    if (draft.draftId !== record.messageId) return { mail, draft };
    const found = await mail.findDraft(record.messageId, { dispatchId: record.id, since: record.createdAt, signal });
    return found.outcome === 'found' ? { mail, draft: found.draft } : null;
  }

  async function again({ id, notice }: NoticeRecord): Promise<boolean> {
    const mailbox = await mailboxes.route(notice.to.address);
    if (!(await notices.retry(id, { now: clock(), mailbox }))) return false;
    noticing.changed(id, 'retrying');
    await noticing.step(id);
    return true;
  }

  async function adopt({ id, mailboxId, messageId }: NoticeRecord): Promise<boolean> {
    const provider = (mailboxId ?? 'eml').split(/[._:]/)[0] ?? 'eml';
    const draft = { provider, draftId: messageId, location: '' };
    if (!(await notices.adopt(id, { now: clock(), draft }))) return false;
    noticing.changed(id, 'drafted');
    return true;
  }

  return {
    async locate(id, scope) {
      const { record, draft } = await find(id, scope);
      if (!draft) return null;
      const signal = AbortSignal.timeout(LOOK_MS);
      try {
        const found = await inMailbox(record, draft, signal);
        if (!found) return { outcome: 'unknown', href: null };
        return await found.mail.locateDraft({ ...found.draft, messageId: record.messageId }, { signal });
      } catch (error) {
        log.warn({ noticeId: id, err: error }, 'The mailbox did not say where a draft is');
        return { outcome: 'unknown', href: null };
      }
    },

    async read(id, scope) {
      const { record, draft } = await find(id, scope);
      if (!draft) throw new AppError('not_found', `There is no draft yet: the notice is ${record.state}.`);
      const signal = AbortSignal.timeout(LOOK_MS);
      const late = new Promise<null>((resolve) =>
        signal.addEventListener('abort', () => resolve(null), { once: true }),
      );
      const read = inMailbox(record, draft, signal)
        .then((found) => (found ? found.mail.readDraft(found.draft) : null))
        .catch((error: unknown) => {
          if (!isAppError(error)) log.warn({ noticeId: id, err: error }, 'A draft could not be read');
          return null;
        });
      const content = await Promise.race([read, late]);
      if (content) return { content, copy: false };
      const { to, subject, text, html } = record.notice;
      const message = { messageId: record.messageId, dispatchId: id, to, subject, text, html, date: record.createdAt };
      return { content: await options.buildMessage(message), copy: true };
    },

    async retry(id, scope) {
      const { record } = await find(id, scope);
      if (await again(record)) return;
      throw new AppError('conflict', `This notice is ${record.state} and cannot be tried again.`, {
        remedy: 'Only one that failed, or that waits, can be tried again.',
      });
    },

    async resolve(id, draft, scope) {
      const { record } = await find(id, scope);
      const open = record.state === 'uncertain' && record.nextAttemptAt === null;
      const settled = open && (draft === 'there' ? await adopt(record) : await again(record));
      if (settled) return;
      throw new AppError(
        'conflict',
        `This notice is ${record.state}: nobody needs to say whether its draft is there.`,
        {
          remedy: 'Reload it and look at its state.',
        },
      );
    },
  };
}
