import type { Database } from './client';

/** How often the clocks are compared, in milliseconds: they drift by far less in that time. */
const COMPARE_EVERY_MS = 60_000;
/** A difference that somebody should put right, in milliseconds. */
const NOTEWORTHY_MS = 30_000;

export interface SharedClock {
  (): Date;
  stop(): void;
}

/**
 * The time that all instances on one database agree on. Leases and quarantines are written by one instance and read by
 * another: with a clock of each machine's own, one that is minutes ahead would find a quarantine over that has just begun,
 * ask a mailbox whose search is not there yet, and make a second draft. On PostgreSQL it is the server's time, carried on by
 * this machine's monotonic clock, so that setting its clock moves nothing; a SQLite file has one machine, and its time.
 */
export async function openSharedClock(
  db: Database,
  log: { warn(fields: object, message: string): void },
): Promise<SharedClock> {
  if (db.engine === 'sqlite') return Object.assign(() => new Date(), { stop() {} });
  let zero = await readZero(db);
  const differenceMs = Math.round(zero + performance.now() - Date.now());
  if (Math.abs(differenceMs) > NOTEWORTHY_MS) {
    log.warn({ differenceMs }, 'This machine’s clock differs from that of the database; the desk goes by the latter');
  }
  const timer = setInterval(() => {
    void readZero(db).then(
      (measured) => {
        zero = measured;
      },
      // Out of reach: what was measured last still holds.
      () => {},
    );
  }, COMPARE_EVERY_MS);
  timer.unref();
  return Object.assign(() => new Date(zero + performance.now()), { stop: () => clearInterval(timer) });
}

/** The server's time at which this process's monotonic clock stood at zero, in milliseconds. */
async function readZero(db: Database): Promise<number> {
  const asked = performance.now();
  const [row] = await db.rows.$queryRaw<{ at: number }[]>`
    SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS "at"`;
  const answered = performance.now();
  return Number(row?.at) - (asked + answered) / 2;
}
