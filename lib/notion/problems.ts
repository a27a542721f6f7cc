import type { NotionDirection } from '../db/notion-connection';
import { AppError, isAppError } from '../errors';
import type { Log } from '../ports';
import type { NotionConnectionState, NotionConnections } from './settings';

/** Writes down what is wrong with one direction, and since when; what the desk itself did wrong is for the log alone. */
export async function noteProblem(
  direction: NotionDirection,
  error: unknown,
  {
    connection,
    connections,
    now,
    log,
  }: { connection: NotionConnectionState; connections: NotionConnections; now: Date; log: Log },
): Promise<void> {
  const known = isAppError(error) && error.code !== 'unavailable';
  const { code, message, remedy } = known
    ? error
    : new AppError('internal', 'Something went wrong on the server.', {
        remedy: 'The log says what; the desk tries again.',
      });
  const before = connection.problems[direction];
  const since = before?.code === code ? before.since : now.toISOString();
  if (before?.message !== message) log.warn({ direction, code, reason: message }, 'Notion does not work as it should');
  if (!known) log.error({ direction, err: error }, 'Work with Notion failed');
  await connections.setProblem(direction, connection.version, { code, message, remedy: remedy ?? null, since }, now);
}
