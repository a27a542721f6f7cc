import type { ApiKeyItem } from '@/lib/contracts';

export type KeyState = 'active' | 'expiring' | 'expired' | 'revoked' | 'suspended';

const SOON_MS = 14 * 86_400_000;

/** @param now milliseconds since the epoch. `expiring` within 14 days. */
export function keyStateOf(
  { revokedAt, expiresAt, suspended }: Pick<ApiKeyItem, 'revokedAt' | 'expiresAt' | 'suspended'>,
  now: number,
): KeyState {
  if (revokedAt !== null) return 'revoked';
  const left = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - now;
  if (left <= 0) return 'expired';
  if (suspended) return 'suspended';
  return left < SOON_MS ? 'expiring' : 'active';
}

export function opensTheDesk(state: KeyState): boolean {
  return state === 'active' || state === 'expiring';
}
