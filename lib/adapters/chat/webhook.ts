import { AppError, isAppError } from '../../errors';

/** Sends one request to an address that somebody configured (lib/outgoing.ts). */
export type Send = (
  url: string,
  request: { method: string; headers: Record<string, string>; body: string; signal: AbortSignal },
) => Promise<Response>;

/** What an answer of a chat may be quoted of, in characters. */
const QUOTED = 200;

/**
 * Posts JSON to an incoming webhook.
 * @param name of the chat, for messages.
 * @throws as ChatNotifier says. The address is a secret: no message holds it.
 */
export async function postJson(
  send: Send,
  name: string,
  { url, body, signal }: { url: string; body: object; signal: AbortSignal },
): Promise<void> {
  let answer: Response;
  try {
    answer = await send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    throw whyUnsent(error, name);
  }
  if (answer.status >= 200 && answer.status < 300) return;
  throw refusal(answer.status, answer.headers.get('retry-after'), await answer.text().catch(() => ''), name);
}

/** Before anything was sent the outcome is known; afterwards the error stands, and says nothing. */
function whyUnsent(error: unknown, name: string): unknown {
  if (isAppError(error) && error.code === 'forbidden') return error;
  // An answer that is too long came after the message.
  if (isAppError(error)) return new Error(`${name} answered at too great a length.`, { cause: error });
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || !UNREACHED.includes(code)) return error;
  return new AppError('unavailable', `${name} cannot be reached (${code}).`, { retryable: true, cause: error });
}

/** What the system says where no connection came about. */
const UNREACHED = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
];

function refusal(status: number, retryAfter: string | null, body: string, name: string): unknown {
  const said = body
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, QUOTED);
  const quoted = said === '' ? '' : `: ${said}`;
  if (status === 429 || status === 503) {
    const seconds = readRetryAfter(retryAfter);
    return new AppError('unavailable', `${name} asks to wait (${status})${quoted}`, {
      retryable: true,
      ...(seconds === null ? {} : { retryAfterSeconds: seconds }),
    });
  }
  // The server failed in the middle: the message may be there.
  if (status >= 500) return new Error(`${name} failed (${status})${quoted}`);
  if (status === 401 || status === 403 || status === 404 || status === 410) {
    return new AppError('forbidden', `${name} no longer takes messages at this webhook (${status})${quoted}`, {
      remedy: 'Make a new webhook in the chat and connect it under Settings → Alerts.',
    });
  }
  return new AppError('invalid_input', `${name} refused the message (${status})${quoted}`);
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function readRetryAfter(value: string | null): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

/** Cuts at a length in characters, between two of them, and says so. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const shorter = text.slice(0, length - 1);
  // Half of a pair is no character.
  return `${/[\ud800-\udbff]$/.test(shorter) ? shorter.slice(0, -1) : shorter}…`;
}
