import { stat, statfs } from 'node:fs/promises';
import type { Config } from './config';
import type { Database } from './db/client';
import { readMetricFacts } from './db/metric-facts';
import type { Reading } from './metrics';

export interface MetricsReadingOptions {
  db: Database;
  config: Config;
  readiness: () => Promise<{ ready: boolean; degraded: { part: string }[] }>;
  notion: () => Promise<Reading['notion']>;
}

/** Looks up what the metrics say of this moment. @throws where the database does not answer. */
export async function readForMetrics({
  db,
  config,
  readiness,
  notion: readNotion,
}: MetricsReadingOptions): Promise<Reading> {
  const [facts, { ready, degraded }, disk, databaseBytes, notion] = await Promise.all([
    readMetricFacts(db, Object.keys(config.schedule)),
    readiness(),
    statfs(config.dataDir).catch(() => null),
    sizeOfDatabase(config.databaseUrl),
    readNotion(),
  ]);
  return {
    facts,
    ready,
    degraded: degraded.map(({ part }) => part),
    databaseBytes,
    notion,
    disk: disk && { free: disk.bavail * disk.bsize, size: disk.blocks * disk.bsize },
  };
}

/** The SQLite file with its log; null for a database that is no file. */
async function sizeOfDatabase(url: string): Promise<number | null> {
  if (!url.startsWith('file:')) return null;
  const file = url.slice('file:'.length);
  const sizes = await Promise.all(
    [file, `${file}-wal`].map((name) =>
      stat(/* turbopackIgnore: true */ name).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
