import { buildMime } from '../../lib/adapters/mail/mime';
import { AppError } from '../../lib/errors';
import type { DraftReference, MailDrafts } from '../../lib/ports';

const PROVIDER = 'fake';

export interface ProviderMailOptions {
  url: string;
  /** How long the provider may take for one request, in milliseconds. */
  timeoutMs: number;
  /** How far behind its search may be before what it does not find proves nothing. */
  searchLagMs: number;
}

/** Drafts in the mailbox of a {@link startProvider provider}: what an adapter for a mailbox over HTTP has to get right. */
export function createProviderMail({ url, timeoutMs, searchLagMs }: ProviderMailOptions): MailDrafts {
  const reference = (draftId: string): DraftReference => ({
    provider: PROVIDER,
    draftId,
    location: `ledger/${draftId}`,
  });

  async function call(
    path: string,
    init: RequestInit,
    signal: AbortSignal,
  ): Promise<{ status: number; body: unknown }> {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response = await fetch(new URL(path, url), { ...init, signal: stop });
    if (response.status === 429) {
      const seconds = Number(response.headers.get('retry-after') ?? 1);
      throw new AppError('mail_unavailable', 'The provider is busy.', { retryable: true, retryAfterSeconds: seconds });
    }
    return { status: response.status, body: await response.json() };
  }

  return {
    provider: PROVIDER,
    destination: 'A mailbox in another process',
    settleMs: timeoutMs + searchLagMs,

    async createDraft(message, { signal }) {
      const body = new Uint8Array(await buildMime(message, 'headroom@localhost'));
      const { status, body: made } = await call('/drafts', { method: 'POST', body }, signal);
      if (status === 422) throw new AppError('mail_rejected', 'The provider refused the draft.');
      // A provider that breaks may have stored it before it broke.
      if (status !== 201) throw new Error(`The provider answered ${status}.`);
      return reference((made as { draftId: string }).draftId);
    },

    async findDraft(messageId, { signal }) {
      const query = new URLSearchParams({ messageId });
      const { status, body } = await call(`/drafts?${query}`, { method: 'GET' }, signal);
      if (status !== 200)
        throw new AppError('mail_unavailable', `The provider answered ${status}.`, { retryable: true });
      const { drafts, behindMs } = body as { drafts: { draftId: string }[]; behindMs: number };
      const [draft] = drafts;
      if (draft) return { outcome: 'found', draft: reference(draft.draftId) };
      // Further behind than the quarantine allows for: what was stored in it may still be missing.
      return { outcome: behindMs > searchLagMs ? 'unknown' : 'absent' };
    },

    readDraft: async () => null,
    locateDraft: async () => ({ outcome: 'unknown', href: null }),
  };
}
