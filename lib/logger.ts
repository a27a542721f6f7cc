import pino, { type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

/** Structured logs, one JSON object a line, on standard output. Anything that could be a secret is left out by name. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: ['*.password', '*.token', '*.secret', '*.authorization', '*.cookie'], remove: true },
  });
}
