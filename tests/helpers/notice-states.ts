import path from 'node:path';
import { type Database, openDatabase } from '../../lib/db/client';

const STATES = {
  failed: { state: 'failed', errorCode: 'mail_rejected', errorMessage: 'The mailbox refused it.' },
  'needs person': { state: 'uncertain', errorCode: 'needs_person', errorMessage: 'The mailbox cannot say.' },
};

/** Opens the database of a running server, beside it. */
export async function withDatabase<T>(dataDir: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = await openDatabase(`file:${path.join(dataDir, 'headroom.db')}`);
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

/** Says of the drafts for an addressee, in the database of a running server, what no mailbox of a test leads to. */
export async function overwriteNotices(dataDir: string, toAddress: string, to: keyof typeof STATES): Promise<void> {
  const nothing = { provider: null, draftId: null, draftLocation: null, draftedAt: null, nextAttemptAt: null };
  const data = { ...nothing, ...STATES[to] };
  const { count } = await withDatabase(dataDir, (db) => db.write.notice.updateMany({ where: { toAddress }, data }));
  if (count === 0) throw new Error(`There is no draft for ${toAddress}.`);
}
