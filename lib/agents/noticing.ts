import type { EventBus, Log, Mailboxes } from '../ports';
import type { Notice, NoticeDrafts, NoticeLog, NoticeRecord } from '../ports/drafting';
import { createDraftPump, type DraftPump } from './draft-pump';
import { createDrafting, type DraftPolicy } from './drafting';

export interface NoticingOptions {
  log: NoticeLog;
  mailboxes: Mailboxes;
  events: EventBus;
  policy: DraftPolicy;
  /** Names this process in leases. */
  owner: string;
  isOwnerGone: (owner: string) => boolean;
  clock: () => Date;
  random: () => number;
  logger: Log;
}

/**
 * Leaves notices as drafts, with the guarantees of a dispatch and by the same machinery: the row is written first, the
 * mailbox is decided once, an attempt whose outcome is unknown is looked up before it is made again. At most one draft a key.
 */
export function createNoticing({ log, mailboxes, events, isOwnerGone, ...options }: NoticingOptions) {
  const { clock, logger } = options;
  const drafting = createDrafting<NoticeRecord>({
    ...options,
    what: 'notice',
    log,
    mailboxes,
    changed: ({ id }, state) => events.publish({ type: 'notice.changed', noticeId: id, state }),
    async make({ id, messageId, mailboxId, notice, createdAt }, signal) {
      const mail = await mailboxes.open(mailboxId);
      const { to, subject, text, html } = notice;
      const message = { messageId, dispatchId: id, to, subject, text, html, date: createdAt };
      return { draft: await mail.createDraft(message, { idempotencyKey: id, signal }) };
    },
  });
  const pump: DraftPump = createDraftPump({
    what: 'notice',
    queue: log,
    step: drafting.step,
    ...{ mailboxes, events, isOwnerGone, clock, log: logger },
    wakes: (event) => event.type === 'notice.changed' && ['queued', 'retrying', 'uncertain'].includes(event.state),
  });

  const drafts: NoticeDrafts = {
    leave: (notice: Notice, now: Date) =>
      drafting.enter(async () => {
        const noticeId = await log.leave(notice, { now, mailbox: await mailboxes.route(notice.to.address) });
        events.publish({ type: 'notice.changed', noticeId, state: 'queued' });
        return { noticeId };
      }),
  };

  return {
    drafts,
    /** Takes the next steps of all that is due. */
    run: pump.run,
    step: drafting.step,
    changed: (noticeId: string, state: 'retrying' | 'drafted') =>
      events.publish({ type: 'notice.changed', noticeId, state }),
    async stop(): Promise<void> {
      await Promise.all([pump.stop(), drafting.drain()]);
    },
    releaseOwners: log.releaseOwners,
  };
}

export type Noticing = ReturnType<typeof createNoticing>;
