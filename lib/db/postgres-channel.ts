import pg from 'pg';

export interface Channel {
  /** Tells all other instances; what cannot be told now is dropped. */
  send(text: string): void;
  close(): Promise<void>;
}

export interface ChannelOptions {
  onMessage(text: string): void;
  /** Messages may have been missed: the connection was away, or this engine has no messages. */
  onGap(): void;
}

/** Longest payload of a notification is 8,000 bytes. https://www.postgresql.org/docs/current/sql-notify.html */
export const LONGEST_MESSAGE = 7_900;
const NAME = 'headroom';
const RECONNECT_MS = 1_000;
/** How often to assume that something happened, where the engine has no messages. */
const WITHOUT_MESSAGES_MS = 5_000;
/** feature_not_supported, syntax_error: CockroachDB, some poolers. */
const NOT_THERE = new Set(['0A000', '42601']);

/** Messages between instances on one database (LISTEN and NOTIFY), on a connection of its own that is opened again when it breaks. */
export function openChannel(url: string, { onMessage, onGap }: ChannelOptions): Channel {
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  let opened = false;

  const again = (delay: number, what: () => void) => {
    if (!closed) timer = setTimeout(what, delay).unref();
  };
  const guess = () => {
    onGap();
    again(WITHOUT_MESSAGES_MS, guess);
  };

  async function connect(): Promise<void> {
    const next = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'headroom events' });
    next.on('notification', ({ payload }) => onMessage(payload ?? ''));
    let ended = false;
    const lost = () => {
      if (ended) return;
      ended = true;
      client = null;
      void next.end().catch(() => {});
      again(RECONNECT_MS, () => void connect());
    };
    next.on('error', lost);
    next.on('end', lost);
    try {
      await next.connect();
      await next.query(`LISTEN ${NAME}`);
      client = next;
      if (opened) onGap();
      opened = true;
    } catch (error) {
      if (NOT_THERE.has((error as { code?: string }).code ?? '')) {
        ended = true;
        await next.end().catch(() => {});
        guess();
      } else {
        lost();
      }
    }
  }

  const connecting = connect();
  let sending: Promise<void> = Promise.resolve();
  return {
    send(text) {
      // One after the other: the connection takes one statement at a time.
      sending = sending.then(async () => {
        await client?.query('SELECT pg_notify($1, $2)', [NAME, text]).catch(() => {});
      });
    },
    async close() {
      closed = true;
      if (timer) clearTimeout(timer);
      await connecting;
      await sending;
      const last = client;
      client = null;
      await last?.end().catch(() => {});
    },
  };
}
