import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AppError } from './errors';

const FORMAT = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v1\.([0-9a-f]{16})\.([\w-]{16})\.([\w-]+)$/;

/** Encrypts what the desk keeps of other people's secrets: refresh tokens and passwords of mailboxes. */
export interface SecretBox {
  /**
   * Encrypts text for one place, e.g. `mailbox:<id>`: copied anywhere else it cannot be read. The same text is never
   * encrypted to the same result twice.
   */
  seal(text: string, place: string): string;
  /**
   * @throws AppError `mail_reconnect` where it was changed, belongs to another place, or was encrypted with a secret that
   * this server does not have. The message says which; nothing of the content is in it.
   */
  open(sealed: string, place: string): string;
  /** Whether it was encrypted with the present secret, not with an earlier one. */
  isCurrent(sealed: string): boolean;
}

/**
 * AES-256-GCM, its key derived from the server's secret (HKDF with SHA-256, RFC 5869). What is encrypted carries the id of
 * its key, so that a secret can be changed: `previous` ones still open, the first one alone encrypts.
 */
export function createSecretBox(secret: string, previous: readonly string[] = []): SecretBox {
  const current = deriveKey(secret);
  const keys = new Map([...previous.map(deriveKey), current].map((derived) => [derived.id, derived.key]));

  return {
    seal(text, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(boundTo(current.id, place));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return [FORMAT, current.id, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
    },

    open(sealed, place) {
      const [, keyId, nonce = '', content = ''] = SEALED.exec(sealed) ?? [];
      if (keyId === undefined) throw unreadable('they are damaged');
      const key = keys.get(keyId);
      if (!key) {
        throw unreadable('they were encrypted with another secret, which HEADROOM_SECRET_PREVIOUS can name');
      }
      const bytes = Buffer.from(content, 'base64url');
      if (bytes.length < TAG_BYTES) throw unreadable('they are damaged');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(boundTo(keyId, place));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        // The cause would tell nothing that helps, and must not tell more.
        throw unreadable('they are damaged');
      }
    },

    isCurrent: (sealed) => SEALED.exec(sealed)?.[1] === current.id,
  };
}

function boundTo(keyId: string, place: string): Buffer {
  return Buffer.from(`headroom ${FORMAT} ${keyId} ${place}`);
}

/** The id says which key it is and nothing about it: both are derived, each for its own purpose. */
function deriveKey(secret: string): { id: string; key: Buffer } {
  const derive = (purpose: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret, '', `headroom secrets at rest ${FORMAT}: ${purpose}`, bytes));
  return { id: derive('key id', 8).toString('hex'), key: derive('key', 32) };
}

function unreadable(why: string): AppError {
  return new AppError('mail_reconnect', `The stored credentials of this mailbox cannot be read: ${why}.`, {
    remedy: 'Connect the mailbox again.',
  });
}
