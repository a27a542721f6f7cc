import path from 'node:path';
import { openDatabase } from '../../lib/db/client';

const STATES = {
  failed: { state: 'failed', errorCode: 'mail_rejected', errorMessage: 'The mailbox refused it.' },
  'needs person': { state: 'uncertain', errorCode: 'needs_person', errorMessage: 'The mailbox cannot say.' },
};

/** Says of the drafts for an addressee, in the database of a running server, what no mailbox of a test leads to. */
export async function overwriteNotices(dataDir: string, toAddress: string, to: keyof typeof STATES): Promise<void> {
  const db = await openDatabase(`file:${path.join(dataDir, 'headroom.db')}`);
  try {
    const nothing = { provider: null, draftId: null, draftLocation: null, draftedAt: null, nextAttemptAt: null };
    const { count } = await db.write.notice.updateMany({ where: { toAddress }, data: { ...nothing, ...STATES[to] } });
    if (count === 0) throw new Error(`There is no draft for ${toAddress}.`);
  } finally {
    await db.close();
  }
}
