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
