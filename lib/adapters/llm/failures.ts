import type { ModelAnswer, ModelFailure } from '../../ports/wording';

export type FailedAnswer = Extract<ModelAnswer, { outcome: 'failed' }>;

/** Statuses after which the same request may succeed a little later. */
const LATER = [408, 409, 425, 429];
const NETWORK =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN|UND_ERR_\w+|HPE_\w+)$/;

/**
 * What an error of the AI SDK means. Its message stays out: providers quote parts of the key and of the prompt in theirs.
 * Errors are told apart by their fields, since several copies of the SDK's classes may be loaded.
 */
export function failureOf(error: unknown): FailedAnswer {
  const { name, statusCode, responseHeaders, data, finishReason, usage, cause } = fieldsOf(error);
  if (name === 'AbortError' || name === 'TimeoutError' || isAborted(cause)) {
    return failed('timeout', 'The model did not answer in time.');
  }
  if (name === 'AI_NoObjectGeneratedError' || name === 'AI_NoOutputGeneratedError') {
    const failure =
      finishReason === 'length' ? 'truncated' : finishReason === 'content-filter' ? 'filtered' : 'malformed';
    return { ...failed(failure, MESSAGES[failure]), ...tokensOf(usage) };
  }
  if (typeof statusCode === 'number') return failureOfStatus(statusCode, responseHeaders, codeIn(data));
  if (isNetworkError(error)) return failed('unavailable', 'The model could not be reached.');
  return failed('malformed', MESSAGES.malformed);
}

export const MESSAGES = {
  malformed: 'The answer is not the JSON object that was asked for.',
  truncated: 'The answer was cut off at the limit of its length.',
  filtered: 'The provider’s filter held the answer back.',
} as const;

function failureOfStatus(status: number, headers: unknown, code: string | null): FailedAnswer {
  const words = `The provider answered ${status}${code === null ? '' : ` (${code})`}.`;
  if (status >= 200 && status < 300) return failed('malformed', MESSAGES.malformed);
  if (status === 401 || status === 403) return failed('key_refused', `${words} Check HEADROOM_MODEL_API_KEY.`);
  if (status >= 500 || LATER.includes(status)) return failed('unavailable', words, retryAfter(headers));
  return failed('rejected', words);
}

/** @returns seconds; null where the header is not there or says nothing sensible. */
function retryAfter(headers: unknown): number | null {
  const value = (headers as Record<string, string> | undefined)?.['retry-after'];
  if (value === undefined) return null;
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.min(3_600, Math.max(0, seconds)) : null;
}

/** The provider's own word for what is wrong, where it is one word. */
function codeIn(data: unknown): string | null {
  const { error } = (data ?? {}) as { error?: { code?: unknown; type?: unknown; status?: unknown } };
  const words = [error?.code, error?.status, error?.type];
  return (
    (words.find((word) => typeof word === 'string' && /^[a-zA-Z_]{1,60}$/.test(word)) as string | undefined) ?? null
  );
}

export function tokensOf(usage: unknown): Pick<ModelAnswer, 'inputTokens' | 'outputTokens'> {
  const { inputTokens, outputTokens } = (usage ?? {}) as { inputTokens?: unknown; outputTokens?: unknown };
  const count = (value: unknown) => (Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : null);
  return { inputTokens: count(inputTokens), outputTokens: count(outputTokens) };
}

export function failed(failure: ModelFailure, message: string, retryAfterSeconds: number | null = null): FailedAnswer {
  return { outcome: 'failed', failure, message, retryAfterSeconds, inputTokens: null, outputTokens: null };
}

function isNetworkError(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 4) return false;
  const { code, message, cause } = error as { code?: unknown; message?: unknown; cause?: unknown };
  if (typeof code === 'string' && (NETWORK.test(code) || code.startsWith('ERR_TLS') || code.includes('CERT')))
    return true;
  return message === 'socket hang up' || message === 'aborted' || isNetworkError(cause, depth + 1);
}

function isAborted(error: unknown): boolean {
  const { name } = fieldsOf(error);
  return name === 'AbortError' || name === 'TimeoutError';
}

function fieldsOf(error: unknown): Record<string, unknown> {
  return typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
}
