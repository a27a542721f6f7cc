import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';

/** Prisma's PostgreSQL adapter as the schema engine needs it. */
export function createPostgresMigrationFactory(url: string): SqlMigrationAwareDriverAdapterFactory {
  const { provider, adapterName } = new PrismaPg({ connectionString: url });
  return {
    provider,
    adapterName,
    connect: () => open(url),
    /** An empty database beside the real one; it goes with the connection. */
    async connectToShadowDb() {
      const name = `headroom_shadow_${randomUUID().replaceAll('-', '')}`;
      await run(url, `CREATE DATABASE "${name}"`);
      const shadow = new URL(url);
      shadow.pathname = `/${name}`;
      const adapter = await open(shadow.href);
      const dispose = adapter.dispose.bind(adapter);
      adapter.dispose = async () => {
        await dispose();
        await run(url, `DROP DATABASE "${name}"`);
      };
      return adapter;
    },
  };
}

/** Types of the system's own tables, "char" and name: text, which the adapter does not know of them. */
const SYSTEM_TEXT = new Set([18, 19]);
const TEXT = 25;

/** The adapter would cut a script at each semicolon, those within a function too. */
async function open(url: string): Promise<SqlDriverAdapter> {
  const adapter = await new PrismaPg({ connectionString: url, max: 1 }).connect();
  const pool = adapter.underlyingDriver();
  adapter.executeScript = async (script) => {
    await pool.query(script);
  };
  const query = pool.query.bind(pool) as (config: pg.QueryConfig) => Promise<pg.QueryResult>;
  const asText = async (config: pg.QueryConfig) => {
    const result = await query(config);
    for (const field of result.fields ?? []) if (SYSTEM_TEXT.has(field.dataTypeID)) field.dataTypeID = TEXT;
    return result;
  };
  pool.query = asText as typeof pool.query;
  return adapter;
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
