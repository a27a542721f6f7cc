import { createInProcessEventBus } from './adapters/events/in-process';
import { createSharedEventBus } from './adapters/events/shared';
import type { Database } from './db/client';
import type { EventBus, Log } from './ports';

/** Events of this process; on a database that several instances share, of all of them. */
export async function openEvents(
  url: string,
  db: Database,
  owner: string,
  log: Log,
): Promise<{ events: EventBus; close(): Promise<void> }> {
  const local = createInProcessEventBus(log);
  if (db.engine === 'sqlite') return { events: local, close: async () => {} };
  const { openChannel, LONGEST_MESSAGE } = await import('./db/postgres-channel');
  const events = createSharedEventBus({ local, owner, send: (text) => channel.send(text), longest: LONGEST_MESSAGE });
  const channel = openChannel(url, { onMessage: events.receive, onGap: events.missed });
  return {
    events,
    async close() {
      events.flush();
      await channel.close();
    },
  };
}
