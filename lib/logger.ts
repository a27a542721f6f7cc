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
    redact: { paths: ['*.password', '*.token', '*.secret', '*.authorization', '*.cookie'], remove: true },
  });
}
