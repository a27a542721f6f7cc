import { AppError, type AppErrorOptions, isAppError } from '../../errors';
import { failureCode, isTimeOut, neverLeft, retryAfterSeconds } from './gmail-http';

/** What Gmail answered instead of what it was asked for. */
export interface GmailAnswer {
  status: number;
  /** The header of that name. */
  retryAfter: string | null;
  /** Parsed where it was JSON. */
  body: unknown;
}

export interface GmailErrorContext {
  /** Whether a draft may have come of the request: then silence is no answer. */
  creating: boolean;
  mailbox: string;
  now: Date;
}

/** https://developers.google.com/workspace/gmail/api/guides/handle-errors */
const RATE_REASONS = ['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded', 'RATE_LIMIT_EXCEEDED'];
const DAILY_REASONS = ['dailyLimitExceeded', 'dailyLimitExceededUnreg'];
const SCOPE_REASONS = ['insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'];
const API_OFF_REASONS = ['accessNotConfigured', 'SERVICE_DISABLED'];
const POLICY_REASONS = ['domainPolicy', 'delegationDenied'];
const RECONNECT =
  'Connect the mailbox again in Settings → Mail; where a service account opens it, an admin must check its delegation.';

/**
 * The error that an answer of Gmail means: whether nothing was created and it may be tried again, whether somebody has
 * to act, or whether the outcome is unknown. A server error after a request that creates says nothing: Gmail may have
 * stored the draft before it failed. Nothing of the request is in the error.
 */
export function sortGmailAnswer(answer: GmailAnswer, context: GmailErrorContext): AppError {
  const { status } = answer;
  const reasons = reasonsOf(answer.body);
  const wait = retryAfterSeconds(answer.retryAfter, context.now);
  const has = (names: readonly string[]) => reasons.some((reason) => names.includes(reason));

  if (status === 429 || (status === 403 && has(RATE_REASONS))) {
    return unavailable('Gmail takes no more requests for this mailbox just now.', { wait });
  }
  if (status === 403 && has(DAILY_REASONS)) {
    return unavailable('The Google Cloud project of the desk has used up its Gmail quota of the day.', {
      // Nothing changes from one minute to the next.
      wait: wait ?? 3_600,
      remedy: 'Wait until tomorrow, or raise the quota of the project in Google’s console.',
    });
  }
  if (status === 401) return reconnect(context, 'Gmail does not accept the desk’s access to');
  if (status === 403 && has(SCOPE_REASONS)) return reconnect(context, 'The desk was not given the right to draft in');
  if (status >= 400 && status < 500 && status !== 408) return rejected(answer, reasons, context);
  if (context.creating) {
    return new AppError('outcome_unknown', `Gmail did not say whether the draft was created (status ${status}).`, {
      remedy: 'Nothing: the desk looks for the draft before it tries again.',
      ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
    });
  }
  return unavailable(`Gmail could not answer (status ${status}).`, { wait });
}

/** The error that a request without an answer means. What the client threw is dropped: it carries the request. */
export function sortGmailFailure(thrown: unknown, context: GmailErrorContext): AppError {
  const error = originOf(thrown);
  if (isAppError(error) && isOurs(error.code)) return error;
  if (isAppError(error) && error.code === 'payload_too_large' && !context.creating) return error;
  if (neverLeft(error)) {
    return unavailable(`Gmail could not be reached (${failureCode(error)}).`, {
      remedy: 'Nothing, if it lasts a moment; else check that the desk reaches Google.',
    });
  }
  const timedOut = isTimeOut(error);
  const why = timedOut ? 'Gmail did not answer in time.' : `The connection to Gmail broke (${failureCode(error)}).`;
  if (!context.creating) return unavailable(why, {});
  return new AppError(timedOut ? 'timeout' : 'outcome_unknown', why, {
    remedy: 'Nothing: the desk looks for the draft before it tries again.',
  });
}

/** Codes that say for sure that no draft came of it: our own checks, the token's, the quota's, the guard's. */
function isOurs(code: string): boolean {
  return code.startsWith('mail_') || code === 'forbidden';
}

/** The client wraps what stopped a request. */
function originOf(thrown: unknown): unknown {
  if (isAppError(thrown) || !(thrown instanceof Error)) return thrown;
  return thrown.cause instanceof Error && 'config' in thrown ? thrown.cause : thrown;
}

function rejected({ status, body }: GmailAnswer, reasons: string[], { mailbox }: GmailErrorContext): AppError {
  const said = messageOf(body);
  const refuse = (message: string, remedy: string) => new AppError('mail_rejected', message, { remedy });
  if (reasons.some((reason) => API_OFF_REASONS.includes(reason))) {
    return refuse(
      'The Gmail API is switched off in the desk’s Google Cloud project.',
      'An admin must enable the Gmail API in Google’s console, then press Retry.',
    );
  }
  if (reasons.some((reason) => POLICY_REASONS.includes(reason))) {
    return refuse(
      `The Workspace of ${mailbox} does not allow apps like the desk in Gmail.`,
      'A Workspace admin must allow the desk’s app in Google’s admin console, then press Retry.',
    );
  }
  if (reasons.includes('failedPrecondition') || reasons.includes('FAILED_PRECONDITION')) {
    return refuse(`Gmail is not switched on for ${mailbox}.`, 'A Workspace admin must switch it on, then press Retry.');
  }
  if (status === 413) {
    return refuse('The draft is too large for Gmail.', 'Shorten the talk track or the evidence and press Retry.');
  }
  if (status === 400 && /^invalid (to|cc|bcc|from) header/i.test(said)) {
    return refuse(
      'Gmail does not take the address that the draft is for.',
      'Correct the rep’s address in the account and press Retry.',
    );
  }
  const what = said === '' ? `status ${status}` : `${status}: ${said}`;
  return status === 403
    ? refuse(`The desk has no permission to draft in ${mailbox} (${what}).`, `${RECONNECT} Then press Retry.`)
    : refuse(`Gmail refused the draft (${what}).`, 'Correct what it names and press Retry.');
}

function reconnect({ mailbox }: GmailErrorContext, what: string): AppError {
  return new AppError('mail_reconnect', `${what} ${mailbox}.`, {
    remedy: RECONNECT,
  });
}

function unavailable(message: string, { wait, remedy }: { wait?: number | undefined; remedy?: string }): AppError {
  const options: AppErrorOptions = { retryable: true, remedy: remedy ?? 'Nothing: the desk tries again by itself.' };
  return new AppError(
    'mail_unavailable',
    message,
    wait === undefined ? options : { ...options, retryAfterSeconds: wait },
  );
}

/** Both of Google's shapes: `errors[].reason` of the older one, `details[].reason` and `status` of the newer. */
function reasonsOf(body: unknown): string[] {
  const error = errorOf(body);
  const lists = [error.errors, error.details].filter(Array.isArray) as unknown[][];
  return [...lists.flat().map((entry) => (isRecord(entry) ? entry.reason : null)), error.status].filter(
    (reason) => typeof reason === 'string',
  );
}

/** Google's own words, as one short line. */
function messageOf(body: unknown): string {
  const { message } = errorOf(body);
  if (typeof message !== 'string') return '';
  return message
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

function errorOf(body: unknown): Record<string, unknown> {
  return isRecord(body) && isRecord(body.error) ? body.error : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
