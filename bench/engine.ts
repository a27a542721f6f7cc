import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { migrate } from '../lib/db/migrate';
import { findPostgres, onPostgres, startPostgres } from '../tests/helpers/postgres-server';

export type EngineName = 'SQLite' | 'PostgreSQL';

/** A database engine that figures are measured on. */
export interface BenchEngine {
  name: EngineName;
  /** An empty data directory with a migrated database, of that name on a server. @returns its URL. */
  create(directory: string): Promise<string>;
  /** Does what the engine does by itself between one day's scan and the next. */
  settle(url: string): Promise<void>;
  /** Every database that was made, and the server where it is ours. */
  stop(): Promise<void>;
}

/**
 * SQLite, or PostgreSQL where there is one: the server that TEST_POSTGRES_URL names, or one of its own. Its absence is said
 * and leaves its column empty.
 */
export async function startEngine(name: EngineName): Promise<BenchEngine | null> {
  if (name === 'SQLite') return SQLITE;
  const given = process.env.TEST_POSTGRES_URL;
  if (given) return createPostgres(given, async () => {});
  if (!findPostgres()) {
    console.log(
      'NOT MEASURED: PostgreSQL is not installed (apt-get install postgresql), nor is TEST_POSTGRES_URL set.',
    );
    return null;
  }
  const server = await startPostgres();
  return createPostgres(server.url, server.stop);
}

const SQLITE: BenchEngine = {
  name: 'SQLite',
  async create(directory) {
    await emptied(directory);
    const url = `file:${path.join(directory, 'headroom.db')}`;
    await migrate(url, path.resolve('prisma'));
    return url;
  },
  settle: async () => {},
  stop: async () => {},
};

function createPostgres(server: string, stopServer: () => Promise<void>): BenchEngine {
  const made: string[] = [];
  return {
    name: 'PostgreSQL',
    async create(directory) {
      await emptied(directory);
      const name = `headroom_bench_${process.pid}_${made.length}`;
      await onPostgres(server, `CREATE DATABASE "${name}"`);
      made.push(name);
      const url = new URL(server);
      url.pathname = `/${name}`;
      await migrate(url.href, path.resolve('prisma'));
      return url.href;
    },
    // Its daemon looks once a minute at tables that changed, which would fall into the rescan, or not.
    settle: (url) => onPostgres(url, 'VACUUM ANALYZE'),
    async stop() {
      for (const name of made) await onPostgres(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
      await stopServer();
    },
  };
}

async function emptied(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
}
