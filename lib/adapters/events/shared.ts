import type { AppEvent, EventBus } from '../../ports';

export interface SharedEventsOptions {
  local: EventBus;
  /** Names this process. */
  owner: string;
  /** Tells the other instances. */
  send(text: string): void;
  /** Longest text that can be sent, in bytes. */
  longest: number;
}

export interface SharedEventBus extends EventBus {
  /** What another instance has sent. */
  receive(text: string): void;
  /** Others may have told something that was not heard. */
  missed(): void;
  /** Sends what waits. */
  flush(): void;
}

/** Events of one moment travel together: a scan or a burst of dispatches has many. */
const GATHER_MS = 20;

/** The event bus of several instances: what happens on one is told on all. */
export function createSharedEventBus({ local, owner, send, longest }: SharedEventsOptions): SharedEventBus {
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    const events = waiting;
    waiting = [];
    let batch: string[] = [];
    let size = 0;
    const sendBatch = () => {
      if (batch.length > 0) send(`{"from":${JSON.stringify(owner)},"events":[${batch.join(',')}]}`);
      batch = [];
      size = 0;
    };
    for (const event of events) {
      const bytes = Buffer.byteLength(event) + 1;
      if (size + bytes > longest - owner.length - 100) sendBatch();
      batch.push(event);
      size += bytes;
    }
    sendBatch();
  }

  return {
    publish(event) {
      local.publish(event);
      waiting.push(JSON.stringify(event));
      timer ??= setTimeout(flush, GATHER_MS).unref();
    },
    subscribe: (listener) => local.subscribe(listener),
    receive(text) {
      const message = parse(text);
      if (!message || message.from === owner) return;
      for (const event of message.events) local.publish(event);
    },
    missed: () => local.publish({ type: 'desk.resumed' }),
    flush,
  };
}

/** Whoever may notify on the database may write anything: what is no message of ours is nothing. */
function parse(text: string): { from: string; events: AppEvent[] } | null {
  try {
    const message = JSON.parse(text) as { from?: unknown; events?: unknown } | null;
    if (typeof message?.from !== 'string' || !Array.isArray(message.events)) return null;
    const events = message.events.filter(
      (event: unknown): event is AppEvent =>
        typeof event === 'object' && event !== null && 'type' in event && typeof event.type === 'string',
    );
    return { from: message.from, events };
  } catch {
    return null;
  }
}
