import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { StoredEndpoint, WebhookStore } from '../db/webhook-store';
import { writeWebhookSecret } from '../domain/webhook-message';
import { AppError, isAppError } from '../errors';
import type { SecretBox } from '../secrets';

/** The standard asks for 24 to 64. */
const SECRET_BYTES = 32;
/** How long a secret that was replaced signs beside the new one, in milliseconds. */
export const OVERLAP_MS = 86_400_000;
/** Older secrets that sign at the most: every one makes the header longer. */
const OLDER = 4;

const sealedContent = z.array(z.object({ secret: z.string(), until: z.nullable(z.iso.datetime()) }));

/** The secrets of endpoints: what signs, encrypted where it is kept. */
export function createSigning(box: SecretBox) {
  const seal = (endpointId: string, content: z.output<typeof sealedContent>) =>
    box.seal(JSON.stringify(content), placeOf(endpointId));

  function read({ id, secrets }: Pick<StoredEndpoint, 'id' | 'secrets'>): z.output<typeof sealedContent> {
    try {
      return sealedContent.parse(JSON.parse(box.open(secrets, placeOf(id))));
    } catch (error) {
      if (!isAppError(error)) throw error;
      throw new AppError(
        'conflict',
        'The secret of this endpoint cannot be read: the secret of the server is another one.',
        {
          cause: error,
          remedy: 'Make a new secret for the endpoint, or name the server’s earlier one in HEADROOM_SECRET_PREVIOUS.',
        },
      );
    }
  }

  const stillSigning = (content: z.output<typeof sealedContent>, now: Date) =>
    content.filter(({ until }) => until === null || Date.parse(until) > now.getTime());

  return {
    /** A new secret, shown to whoever asked for it, and as it is kept. */
    make(endpointId: string): { secret: string; sealed: string } {
      const secret = writeWebhookSecret(randomBytes(SECRET_BYTES));
      return { secret, sealed: seal(endpointId, [{ secret, until: null }]) };
    },

    /**
     * A new secret in the place of the present one.
     * @param overlap whether those of before go on signing for a day, so that a receiver can be changed in peace.
     */
    rotate(
      endpoint: Pick<StoredEndpoint, 'id' | 'secrets'>,
      { overlap, now }: { overlap: boolean; now: Date },
    ): { secret: string; sealed: string } {
      const secret = writeWebhookSecret(randomBytes(SECRET_BYTES));
      const until = new Date(now.getTime() + OVERLAP_MS).toISOString();
      const older = overlap
        ? stillSigning(readOrNone(endpoint), now).map((before) => ({ ...before, until: before.until ?? until }))
        : [];
      return { secret, sealed: seal(endpoint.id, [{ secret, until: null }, ...older.slice(0, OLDER)]) };
    },

    /** All that sign now, the newest first. @throws AppError `conflict` where they cannot be read. */
    secretsOf(endpoint: Pick<StoredEndpoint, 'id' | 'secrets'>, now: Date): string[] {
      return stillSigning(read(endpoint), now).map(({ secret }) => secret);
    },

    /** Until when a secret of before signs too; null where none does, or none can be read. */
    overlapEnd(endpoint: Pick<StoredEndpoint, 'id' | 'secrets'>, now: Date): string | null {
      const ends = stillSigning(readOrNone(endpoint), now).flatMap(({ until }) => until ?? []);
      return ends.sort().at(-1) ?? null;
    },
  };

  /** What cannot be read any more signs nothing. */
  function readOrNone(endpoint: Pick<StoredEndpoint, 'id' | 'secrets'>): z.output<typeof sealedContent> {
    try {
      return read(endpoint);
    } catch (error) {
      if (isAppError(error)) return [];
      throw error;
    }
  }
}

export type Signing = ReturnType<typeof createSigning>;

/** Encrypts the secrets of every endpoint with the server's present one; can be repeated, and stops anywhere without harm. */
export async function rotateWebhookSecrets(
  store: Pick<WebhookStore, 'list' | 'replaceSecrets'>,
  box: SecretBox,
  now: Date,
): Promise<{ rotated: number; current: number; unreadable: string[] }> {
  const outcome = { rotated: 0, current: 0, unreadable: [] as string[] };
  for (const { id, secrets } of await store.list()) {
    if (box.isCurrent(secrets)) {
      outcome.current += 1;
      continue;
    }
    try {
      const sealed = box.seal(box.open(secrets, placeOf(id)), placeOf(id));
      if (await store.replaceSecrets(id, secrets, sealed, now)) outcome.rotated += 1;
    } catch (error) {
      if (!isAppError(error)) throw error;
      outcome.unreadable.push(id);
    }
  }
  return outcome;
}

/** Where the secrets of an endpoint are bound to. */
function placeOf(endpointId: string): string {
  return `webhook:${endpointId}`;
}
