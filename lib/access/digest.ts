import { createHash, randomBytes } from 'node:crypto';

/** A secret of 256 random bits, safe in a URL. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 in hexadecimal. Enough for secrets of 256 random bits, which no guess finds; never for passwords. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
