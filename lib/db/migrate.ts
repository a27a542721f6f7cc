import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import { AppError } from '../errors';
import { isPostgres } from './client';
import { SqliteAdapterFactory } from './sqlite';
import { createLockMemory, createMainLock } from './write-lock';

const FILTERS = { externalTables: [], externalEnums: [] };

/**
 * Applies the migrations that the database lacks, with Prisma's own engine and bookkeeping (`_prisma_migrations`), so
 * that the ordinary `prisma migrate` works on the same database.
 * @returns the names of the migrations that were applied now.
 * @throws AppError `database`, naming the migration that failed.
 */
export async function migrate(url: string, prismaDirectory: string): Promise<string[]> {
  const directory = schemaDirectory(url, prismaDirectory);
  const migrations = await readMigrations(path.join(directory, 'migrations'));
  const history = await readHistory(url);
  // So it is at nearly every start, which then need not load the engine.
  if (history && migrations.migrationDirectories.every(({ path }) => history.get(path)) && !unfinished(history))
    return [];
  const outcome = await withSchemaEngine(url, directory, (engine) =>
    engine.applyMigrations({ migrationsList: migrations, filters: FILTERS }).then(
      ({ appliedMigrationNames }) => ({ applied: appliedMigrationNames }),
      (cause: Error) => ({ cause }),
    ),
  );
  if ('applied' in outcome) return outcome.applied;
  const { cause } = outcome;
  const name = unfinished((await readHistory(url)) ?? new Map());
  const what = name ? `The migration ${name}` : 'A migration';
  throw new AppError('database', `${what} could not be applied: ${cause.message}`, {
    cause,
    remedy: 'Restore the latest backup, or start with an empty database, and report this message.',
  });
}

/** By name, whether a migration was applied to its end; those that were rolled back by hand do not count. */
type History = ReadonlyMap<unknown, boolean>;

/** Null where it cannot be read, for example before the first migration. */
async function readHistory(url: string): Promise<History | null> {
  const connection = await (await adapterFactory(url)).connect().catch(() => null);
  if (!connection) return null;
  try {
    const sql = `SELECT "migration_name", "finished_at" IS NOT NULL FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL`;
    const { rows } = await connection.queryRaw({ sql, args: [], argTypes: [] });
    return new Map(rows.map(([name, finished]) => [name, Boolean(finished)]));
  } catch {
    return null;
  } finally {
    await connection.dispose();
  }
}

/** A migration that was begun and failed, or was cut off. */
function unfinished(history: History): unknown {
  return [...history].find(([, finished]) => !finished)?.[0];
}

/** SQL that takes a database from the migrations on disk to the models: what a new migration must contain. */
export async function diffMigrations(url: string, prismaDirectory: string): Promise<string> {
  const directory = schemaDirectory(url, prismaDirectory);
  const migrations = await readMigrations(path.join(directory, 'migrations'));
  return withSchemaEngine(url, directory, async (engine, files) => {
    const result = await engine.diff({
      from: { tag: 'migrations', ...migrations },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: FILTERS,
    });
    return result.stdout ?? '';
  });
}

/** Models and migrations of the engine that the address is of. */
export function schemaDirectory(url: string, prismaDirectory: string): string {
  return path.join(prismaDirectory, isPostgres(url) ? 'postgresql' : 'sqlite');
}

type SchemaFile = { path: string; content: string };

async function withSchemaEngine<T>(
  url: string,
  directory: string,
  use: (engine: SchemaEngine, files: SchemaFile[]) => Promise<T>,
): Promise<T> {
  const files = await Promise.all(
    ['datasource.prisma', 'models.prisma'].map(async (name) => {
      // Without the hints the bundler takes every file of the project for one that is read here.
      const file = path.join(/* turbopackIgnore: true */ directory, name);
      return { path: file, content: await readFile(/* turbopackIgnore: true */ file, 'utf8') };
    }),
  );
  const { SchemaEngine } = await loadEngine();
  // The engine locks a SQLite file exclusively and does not close all that it opened: what is left is closed here.
  const opened: SqlDriverAdapter[] = [];
  const source = await adapterFactory(url);
  const remember = (adapter: SqlDriverAdapter) => {
    const dispose = adapter.dispose.bind(adapter);
    let disposed: Promise<void> | null = null;
    adapter.dispose = () => {
      disposed ??= dispose();
      return disposed;
    };
    opened.push(adapter);
    return adapter;
  };
  const factory = bindMigrationAwareSqlAdapterFactory({
    provider: source.provider,
    adapterName: source.adapterName,
    connect: async () => remember(await source.connect()),
    connectToShadowDb: async () => remember(await source.connectToShadowDb()),
  });
  const engine = await SchemaEngine.new(
    { datamodels: files.map((file): [string, string] => [file.path, file.content]) },
    () => {},
    factory,
  );
  try {
    return await use(engine, files);
  } finally {
    engine.free();
    await Promise.all(opened.map((adapter) => adapter.dispose()));
  }
}

async function adapterFactory(url: string): Promise<SqlMigrationAwareDriverAdapterFactory> {
  if (!isPostgres(url)) return new SqliteAdapterFactory(url, createMainLock(createLockMemory()));
  const { createPostgresMigrationFactory } = await import('./postgres-migration');
  return createPostgresMigrationFactory(url);
}

async function readMigrations(directory: string): Promise<MigrationList> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const lockfile = await readFile(path.join(directory, 'migration_lock.toml'), 'utf8').catch(() => null);
  const migrationDirectories = await Promise.all(
    names.map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: await readFile(path.join(directory, name, 'migration.sql'), 'utf8') },
      },
    })),
  );
  return {
    baseDir: directory,
    lockfile: { path: 'migration_lock.toml', content: lockfile },
    shadowDbInitScript: '',
    migrationDirectories,
  };
}

interface EngineBindings {
  SchemaEngine: typeof SchemaEngine;
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
}

let bindings: Promise<EngineBindings> | null = null;

/** The package's own entry imports the `.wasm` as a module, which Node cannot do; this is that entry, by hand. */
function loadEngine(): Promise<EngineBindings> {
  bindings ??= (async () => {
    const glue = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as unknown as EngineBindings;
    const entry = createRequire(path.join(process.cwd(), 'package.json')).resolve('@prisma/schema-engine-wasm');
    const bytes = await readFile(path.join(path.dirname(entry), 'schema_engine_bg.wasm'));
    const { instance } = await WebAssembly.instantiate(bytes, {
      './schema_engine_bg.js': glue as unknown as WebAssembly.ModuleImports,
    });
    glue.__wbg_set_wasm(instance.exports);
    (instance.exports.__wbindgen_start as () => void)();
    return glue;
  })();
  return bindings;
}
