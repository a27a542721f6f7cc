import { AppError, isAppError } from '../../errors';

/** What Notion answers and the SDK throws: https://developers.notion.com/reference/status-codes */
interface Refusal {
  code: string;
  status: number | null;
  message: string;
  /** A `Headers`, or a plain record of a test's own. */
  headers: unknown;
  /** Whether it is one of Notion's own answers, and not of a proxy before it. */
  fromNotion: boolean;
}

const DEFAULT_WAIT_SECONDS = 5;
const LONGEST_WAIT_SECONDS = 3_600;
const RETRY_LATER = 'Nothing: the desk tries again by itself.';

/**
 * Puts a failure of the SDK in the desk's words.
 * @param creates whether the request would have made something: without an answer nobody knows whether it did.
 */
export function toNotionError(error: unknown, { creates }: { creates: boolean }): AppError {
  if (isAppError(error)) return error;
  const refusal = readRefusal(error);
  if (!refusal) {
    const cause = { cause: error, retryable: true };
    return creates
      ? new AppError('outcome_unknown', 'Notion did not answer, so nobody knows whether it did it.', cause)
      : new AppError('notion_unavailable', 'Notion cannot be reached.', { ...cause, remedy: RETRY_LATER });
  }
  const { status, code } = refusal;
  const options = { cause: error };
  if (!refusal.fromNotion && (status === 403 || status === 404)) {
    return new AppError(
      'notion_unavailable',
      `Something between the desk and Notion refused the request (${status}).`,
      {
        ...options,
        retryable: true,
        remedy: 'Ask whoever runs the network whether api.notion.com may be reached.',
      },
    );
  }
  if (status === 401 || code === 'unauthorized') {
    return new AppError('notion_reconnect', 'Notion does not accept the token any more.', {
      ...options,
      remedy: 'An admin pastes the integration’s token of today in Settings → Notion; what waits goes on by itself.',
    });
  }
  if (status === 429 || status === 529) {
    return new AppError('notion_unavailable', 'Notion takes no more requests just now.', {
      ...options,
      retryable: true,
      retryAfterSeconds: readRetryAfter(refusal.headers),
      remedy: RETRY_LATER,
    });
  }
  if (status === 403 || code === 'restricted_resource') {
    return new AppError('notion_reconnect', `Notion does not let the integration do that: ${said(refusal)}`, {
      ...options,
      remedy:
        'At notion.so/profile/integrations, let the integration read, update and insert content, and read users with their addresses. What waits goes on by itself.',
    });
  }
  if (status === 404) {
    return new AppError('notion_missing', `Notion has nothing at that place, or does not show it: ${said(refusal)}`, {
      ...options,
      remedy:
        'In Notion, open the page or database, and add the integration under ··· → Connections. What waits goes on by itself.',
    });
  }
  if (status === 409 || (status !== null && status >= 500)) {
    // Notion answers 409 where two changes met; nothing was changed then.
    if (creates && status !== 409) {
      return new AppError('outcome_unknown', `Notion failed (${status}), so nobody knows whether it did it.`, {
        ...options,
        retryable: true,
      });
    }
    return new AppError('notion_unavailable', `Notion does not work just now (${status}).`, {
      ...options,
      retryable: true,
      remedy: RETRY_LATER,
    });
  }
  return new AppError('notion_rejected', `Notion refused it: ${said(refusal)}`, {
    ...options,
    remedy: 'Compare the mapping in Settings → Notion with the properties of the database.',
  });
}

function readRefusal(error: unknown): Refusal | null {
  if (typeof error !== 'object' || error === null) return null;
  const { name, code, status, message, headers } = error as Record<string, unknown>;
  if (name !== 'APIResponseError' && name !== 'UnknownHTTPResponseError') return null;
  return {
    code: String(code),
    status: typeof status === 'number' ? status : null,
    message: String(message),
    headers,
    fromNotion: name === 'APIResponseError',
  };
}

/** Of what Notion says, one line that fits on a page. */
function said({ message }: Refusal): string {
  const line = message.replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

function readRetryAfter(headers: unknown): number {
  const value = headers instanceof Headers ? headers.get('retry-after') : null;
  const seconds = value === null || value.trim() === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(seconds) || seconds < 0) return DEFAULT_WAIT_SECONDS;
  return Math.min(Math.ceil(seconds), LONGEST_WAIT_SECONDS);
}
