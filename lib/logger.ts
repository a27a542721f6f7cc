import pino, { type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

/**
 * Structured logs, one JSON object a line, on standard output. Anything that could be a secret is left out by name.
 * @param fields further ones for each line, such as the ids of the trace that it belongs to.
 */
export function createLogger(level: string, fields?: () => Record<string, string>): Logger {
  return pino({
    level,
    base: null,
    ...(fields ? { mixin: fields } : {}),
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError },
    redact: { paths: ['*.password', '*.token', '*.secret', '*.authorization', '*.cookie'], remove: true },
  });
}

/** How deep causes are followed; nothing sensible goes deeper. */
const CAUSES = 5;

/**
 * Of an error only what explains it. Drivers and clients hang themselves on theirs, with whole connections, requests and
 * what these carry.
 */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    type: name,
    message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack,
    ...(cause !== undefined && depth < CAUSES ? { cause: describeError(cause, depth + 1) } : {}),
    ...(error instanceof AggregateError && depth < CAUSES
      ? { errors: error.errors.slice(0, CAUSES).map((each) => describeError(each, depth + 1)) }
      : {}),
  };
}
