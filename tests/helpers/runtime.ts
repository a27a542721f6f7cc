import type { Config } from '../../lib/config';
import { loadConfig } from '../../lib/config';
import { type Database, openDatabase } from '../../lib/db/client';
import type { MailDrafts } from '../../lib/ports';
import { createRuntime, type Runtime } from '../../lib/runtime';
import { createClock, type TestClock } from './clock';
import { createDatabase, databaseUrl, hasDatabase, removeDirectory, temporaryDirectory } from './database';

export interface TestRuntime {
  runtime: Runtime;
  clock: TestClock;
  config: Config;
  dataDir: string;
  /** A second connection to the same database, to look behind the scenes. */
  db: Database;
  /** Stops the runtime, and another one on the same data takes its place. */
  restart(): Promise<TestRuntime>;
  close(): Promise<void>;
}

export interface TestRuntimeOptions {
  mail?: MailDrafts;
  clock?: TestClock;
  /** An existing data directory; it stays when the runtime closes. */
  dataDir?: string;
  /** Environment variables beyond the test's own. */
  env?: Record<string, string>;
  config?: Partial<Config>;
}

/** Firings that no test waits for must not happen in one that runs at seven in the morning. */
const NEVER = '0 0 29 2 *';
const QUIET = {
  HEADROOM_SCAN_CRON: NEVER,
  HEADROOM_ADOPTION_CRON: NEVER,
  HEADROOM_CONTRACT_CHECK_CRON: NEVER,
  HEADROOM_CONTRACT_QBR_CRON: NEVER,
  HEADROOM_QUARTERLY_QBR_CRON: NEVER,
  HEADROOM_RETENTION_CRON: NEVER,
};

/** A whole desk on a migrated database of its own. Always `close()` it. */
export function openRuntime(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  return open(options, options.dataDir === undefined);
}

async function open(options: TestRuntimeOptions, ownsDirectory: boolean): Promise<TestRuntime> {
  const { clock = createClock() } = options;
  const dataDir = options.dataDir ?? (await temporaryDirectory());
  if (!hasDatabase(dataDir)) await createDatabase(dataDir);
  const config: Config = {
    ...loadConfig({
      NODE_ENV: 'test',
      HEADROOM_DATA_DIR: dataDir,
      DATABASE_URL: databaseUrl(dataDir),
      HEADROOM_TIME_ZONE: 'UTC',
      LOG_LEVEL: 'silent',
      ...QUIET,
      ...options.env,
    }),
    ...options.config,
  };
  const runtime = await createRuntime(config, {
    clock,
    random: () => 0.5,
    ...(options.mail ? { mail: options.mail } : {}),
  });
  const db = await openDatabase(config.databaseUrl);
  const shut = async () => {
    await runtime.stop();
    await db.close();
  };
  return {
    runtime,
    clock,
    config,
    dataDir,
    db,
    async restart() {
      await shut();
      return open({ ...options, clock, dataDir }, ownsDirectory);
    },
    async close() {
      await shut();
      if (ownsDirectory) await removeDirectory(dataDir);
    },
  };
}
