import { isAppError } from '../errors';
import type { SecretBox } from '../secrets';
import { type NotionConnections, TOKEN_PLACE } from './settings';

/** Encrypts the token with the present secret; null where there is none. Can be repeated. */
export async function rotateNotionToken(
  connections: NotionConnections,
  box: SecretBox,
): Promise<'rotated' | 'current' | 'unreadable' | null> {
  const credentials = (await connections.read())?.credentials ?? null;
  if (credentials === null) return null;
  if (box.isCurrent(credentials)) return 'current';
  try {
    const sealed = box.seal(box.open(credentials, TOKEN_PLACE), TOKEN_PLACE);
    await connections.replaceCredentials(credentials, sealed);
    return 'rotated';
  } catch (error) {
    if (!isAppError(error)) throw error;
    return 'unreadable';
  }
}
