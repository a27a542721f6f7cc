import type { MailboxStore } from '../db/mailbox-store';
import { isAppError } from '../errors';
import type { SecretBox } from '../secrets';
import { placeOf } from './open-mailbox';

/** Encrypts the credentials of every mailbox with the present secret; can be repeated, and stops anywhere without harm. */
export async function rotateCredentials(
  store: MailboxStore,
  box: SecretBox,
): Promise<{ rotated: number; current: number; unreadable: string[] }> {
  const outcome = { rotated: 0, current: 0, unreadable: [] as string[] };
  for (const { id, address, credentials } of await store.withCredentials()) {
    if (credentials === null) continue;
    if (box.isCurrent(credentials)) {
      outcome.current += 1;
      continue;
    }
    try {
      const sealed = box.seal(box.open(credentials, placeOf(id)), placeOf(id));
      if (await store.replaceCredentials(id, credentials, sealed)) outcome.rotated += 1;
    } catch (error) {
      if (!isAppError(error)) throw error;
      outcome.unreadable.push(address);
    }
  }
  return outcome;
}
