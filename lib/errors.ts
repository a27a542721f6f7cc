/** What a caller may do about an error: the one vocabulary from the database to the problem document. */
export type ErrorCode =
  | 'invalid_input'
  | 'unauthenticated'
  | 'forbidden'
  | 'too_many_requests'
  | 'unknown_task_type'
  | 'not_found'
  | 'conflict'
  | 'gated'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'unavailable'
  | 'timeout'
  | 'mail_rejected'
  | 'mail_unavailable'
  | 'mail_reconnect'
  | 'outcome_unknown'
  | 'notion_rejected'
  | 'notion_unavailable'
  | 'notion_reconnect'
  | 'notion_missing'
  | 'database'
  | 'internal';

export interface FieldIssue {
  /** Dotted path of the field, e.g. `accounts.3.signals.npsScore`. */
  path: string;
  message: string;
}

export interface AppErrorOptions {
  /** Whether the same call may succeed later without a change. */
  retryable?: boolean;
  /** What the person should do, in one sentence. */
  remedy?: string;
  issues?: readonly FieldIssue[];
  /** When a refused call may be made again. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/**
 * The one error class of the product. Module instances may differ between instrumentation and routes, so it is told
 * apart by `code` (see {@link isAppError}), never by `instanceof`.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly remedy: string | undefined;
  readonly issues: readonly FieldIssue[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.remedy = options.remedy;
    this.issues = options.issues ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** An agent was asked for a task that it has no handler for. */
export class UnknownTaskTypeError extends AppError {
  constructor(type: string, supported: readonly string[]) {
    super('unknown_task_type', `Unknown task type "${type}". Supported: ${supported.join(', ')}.`, {
      remedy: `Use one of: ${supported.join(', ')}.`,
    });
  }
}

export function isAppError(error: unknown): error is AppError {
  return error instanceof Error && error.name === 'AppError' && 'code' in error;
}

/** A message that may be shown: that of our own errors, or a neutral sentence for everything else. */
export function publicMessage(error: unknown): string {
  return isAppError(error) ? error.message : 'Something went wrong on the server.';
}

/** When a request may be made again that met a database out of reach. */
const DATABASE_RETRY_SECONDS = 2;

/**
 * What drivers say where the database is out of reach or has no room just now: SQLSTATE (classes 08 and 53, a server that
 * stops or starts, one that was made read-only, a transaction given up for another), SQLite's result codes, errors of the
 * operating system, and Prisma's own codes.
 */
const OUT_OF_REACH =
  /^(08...|53...|57P0[1-5]|58...|25006|40001|40P01|55P03|SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN)\w*|ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN|P100[128]|P1017|P2024|P2028|P2034)$/;
const FULL = /^(SQLITE_FULL|53100)$/;
/** The drivers have no codes for these: a connection that broke, and one that a stopping desk has closed. */
const LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after calling end|The database connection is not open)/;

/**
 * An error that says that the database could not be used just now, as one that tells the caller to come back; null for
 * every other error. Nothing is known to have been written: a request made again finds what is there.
 */
export function databaseOutOfReach(error: unknown): AppError | null {
  const { codes, messages } = describeDriverError(error, 0);
  if (!codes.some((code) => OUT_OF_REACH.test(code)) && !messages.some((message) => LOST.test(message))) return null;
  const isFull = codes.some((code) => FULL.test(code));
  return new AppError('unavailable', isFull ? 'The disk of the database is full.' : 'The database cannot be reached.', {
    cause: error,
    retryable: true,
    retryAfterSeconds: DATABASE_RETRY_SECONDS,
    remedy: isFull ? 'Make room on the disk; the desk goes on by itself.' : 'Try again in a moment.',
  });
}

/** Codes and messages of an error and of those inside it, wherever a driver, its adapter or Prisma has put them. */
function describeDriverError(error: unknown, depth: number): { codes: string[]; messages: string[] } {
  if (typeof error !== 'object' || error === null || depth > 4) return { codes: [], messages: [] };
  const { code, originalCode, message, cause, meta, driverAdapterError } = error as Record<string, unknown>;
  const inside = [cause, meta, driverAdapterError].map((inner) => describeDriverError(inner, depth + 1));
  const texts = (values: unknown[]) => values.filter((value) => typeof value === 'string');
  return {
    codes: [...texts([code, originalCode]), ...inside.flatMap((inner) => inner.codes)],
    messages: [...texts([message]), ...inside.flatMap((inner) => inner.messages)],
  };
}
