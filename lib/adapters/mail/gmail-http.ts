import { AppError, isAppError } from '../../errors';

/** One request and its whole answer. Follows no redirect, and keeps no connection for the next one. */
export type HttpCall = (
  url: URL,
  request: { method: string; headers: Record<string, string>; body?: string; signal: AbortSignal },
) => Promise<Response>;

/** A certificate that was not believed: the request was still waiting for it. */
const CERTIFICATE = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** Whether a request failed before any of it was written: no name, no route, no listener, no trust. */
export function neverLeft(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(neverLeft);
  if (!(error instanceof Error)) return false;
  const { syscall, code } = error as NodeJS.ErrnoException;
  return syscall === 'connect' || syscall === 'getaddrinfo' || CERTIFICATE.test(code ?? '');
}

/** The system's name of a failure (`ECONNREFUSED`), or a word for it; nothing of the request. */
export function failureCode(error: unknown): string {
  if (!(error instanceof Error) || isTimeOut(error)) return 'no answer';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? code : 'no answer';
}

/** Whether a request was given up, by its own deadline or by whoever wanted the answer. */
export function isTimeOut(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}

/**
 * Seconds of a `Retry-After` header, which has seconds or a date; undefined where it says nothing of use. At most an
 * hour: a provider's slip must not stop a mailbox for good.
 */
export function retryAfterSeconds(value: string | null, now: Date): number | undefined {
  if (value === null) return undefined;
  const isDate = /^[a-z]{3,9}, /i.test(value);
  if (!isDate && !/^\s*\d+\s*$/.test(value)) return undefined;
  const seconds = isDate ? (Date.parse(value) - now.getTime()) / 1_000 : Number(value);
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), 3_600) : undefined;
}

/** A configured address that the desk may not call: nobody was connected to. Throws everything else as it was. */
export function addressRefused(error: unknown): never {
  if (!isAppError(error) || error.code !== 'forbidden') throw error;
  throw new AppError('mail_unavailable', `Google could not be reached: ${error.message}`, {
    retryable: true,
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
  });
}
