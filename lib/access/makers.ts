import type { Database } from '../db/client';

/** Keys that make keys that make keys: further than anybody goes. */
const LONGEST_CHAIN = 20;

/**
 * Whether the person at the root of a key or link, through keys that made keys, is an admin still: who could not make
 * one any more must not go on through one made before. What the desk itself or its environment made has no such person,
 * and neither has what was made by a key that is no longer kept.
 */
export async function makerIsAdmin(db: Database, createdBy: string): Promise<boolean> {
  let maker = createdBy;
  for (let steps = 0; steps < LONGEST_CHAIN; steps += 1) {
    const [kind, id = ''] = maker.split(':', 2);
    if (kind === 'user') {
      const user = await db.read.user.findUnique({ where: { id }, select: { role: true, disabledAt: true } });
      return user !== null && user.role === 'admin' && user.disabledAt === null;
    }
    if (kind !== 'key') return true;
    const key = await db.read.apiKey.findUnique({ where: { id }, select: { createdBy: true } });
    if (!key) return true;
    maker = key.createdBy;
  }
  return false;
}
