import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../lib/db/client';
import { Prisma } from '../../lib/db/generated/sqlite/client';
import { type MoveOptions, type MoveProgress, moveToPostgres } from '../../lib/db/move';
import { MOVE_KEY } from '../../lib/db/move-mark';
import {
  createDatabase,
  databaseUrl,
  ENGINE,
  openTemporaryDatabase,
  removeDirectory,
  temporaryDirectory,
} from '../helpers/database';
import { expectTotalsToAdd } from '../helpers/ledger';
import { runEnded } from '../helpers/portfolio';
import { findPostgres, onPostgres } from '../helpers/postgres-server';
import { createRandom } from '../helpers/random';
import { openRuntime, type TestRuntime } from '../helpers/runtime';

/** Tables that triggers fill. */
const COUNTED_ANEW = ['totals', 'total_deltas'];
/** Small, so that a move has many steps to be ended at. */
const CHUNK_ROWS = 700;
const TEXT = 'it\'s "{NULL,\\N}" \\ \n\t,; ’Ünïcode’ 🚀 %_';

describe.runIf(ENGINE === 'postgresql')('npm run migrate:to-postgres', { timeout: 90_000 }, () => {
  /** A data directory with a desk's SQLite file, made once; every test has a copy. */
  let template: string;
  const cleanUps: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    template = await temporaryDirectory();
    await createDatabase(template, 'sqlite');
    const desk = await openOnSqlite(template);
    await runEnded(desk.runtime, await desk.runtime.desk.loadSample());
    const { items } = await desk.runtime.reads.listOpportunities({ status: ['open'], limit: 5 });
    for (const { id } of items) await desk.runtime.desk.dispatch(id, 'test');
    await desk.runtime.retention.write({ snapshotDays: 900, runDays: 30, auditDays: null });
    await desk.close();
    const db = await openDatabase(`file:${path.join(template, 'headroom.db')}`);
    await fillEmptyTables(db);
    await db.close();
  }, 120_000);
  afterAll(() => removeDirectory(template));
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  /** A copy of the template and an empty database for it. */
  async function prepare(change?: (db: Database) => Promise<unknown>) {
    const directory = await temporaryDirectory();
    cleanUps.push(() => removeDirectory(directory));
    const file = path.join(directory, 'headroom.db');
    await copyFile(path.join(template, 'headroom.db'), file);
    if (change) {
      const db = await openDatabase(`file:${file}`);
      await change(db);
      await db.close();
    }
    const to = databaseUrl(directory, 'postgresql');
    const name = new URL(to).pathname.slice(1);
    await onPostgres(process.env.TEST_POSTGRES_URL ?? '', `CREATE DATABASE "${name}"`);
    return { directory, file, to };
  }

  it('moves every table, value by value, and the desk goes on where it was', async () => {
    const { directory, file, to } = await prepare(async (db) => {
      const [one, two] = await db.read.account.findMany({ take: 2, orderBy: { id: 'asc' } });
      await db.write.account.update({
        where: { id: one?.id ?? '' },
        data: { arrCents: 9_007_199_254_740_993n, name: TEXT, updatedAt: new Date('0001-01-01T00:00:00.001Z') },
      });
      await db.write.account.update({
        where: { id: two?.id ?? '' },
        data: { arrCents: -9_223_372_036_854_775_808n, plan: '', updatedAt: new Date('9999-12-31T23:59:59.999Z') },
      });
      await db.write.signalSnapshot.updateMany({
        where: { accountId: one?.id ?? '' },
        data: { seatsActive: -2_147_483_648, npsScore: 0.1 + 0.2, loginFrequencyDays: 5e-324 },
      });
    });
    const before = await readFile(file);
    const { tables } = await move({ from: file, to });

    expect(tables.map(({ name }) => name).sort()).toEqual(await tablesOfModels());
    expect(tables.filter(({ rows }) => rows === 0)).toEqual([]);
    expect(tables.flatMap(({ differences }) => differences)).toEqual([]);
    await expectSameRows(file, to);
    expect((await readFile(file)).equals(before), 'the file is as it was').toBe(true);

    const target = await openDatabase(to);
    cleanUps.push(() => target.close());
    await expectTotalsToAdd(target);
    expect(await target.read.totalDelta.count()).toBe(0);
    // Moved again, nothing happens; and never over what has been done since.
    expect((await move({ from: file, to })).alreadyAt).toMatch(/^20/);
    const desk = await openRuntime({ dataDir: directory });
    cleanUps.push(() => desk.close());
    const { items } = await desk.runtime.reads.listOpportunities({ status: ['open'], limit: 50 });
    const outcome = await desk.runtime.desk.dispatch(items[0]?.id ?? '', 'test');
    expect(outcome).toMatchObject({ outcome: 'created', state: 'drafted' });
    await expectTotalsToAdd(target);
  });

  it('shows the same lists and goes on with ids that were never given out', async () => {
    const { directory, file, to } = await prepare(async (db) => {
      // The newest row is gone; its id must not come back.
      const newest = await db.read.runError.findFirst({ orderBy: { id: 'desc' } });
      await db.write.runError.delete({ where: { id: newest?.id ?? 0 } });
    });
    const source = await openDatabase(`file:${file}`);
    const [row] = await source.rows.$queryRaw<{ seq: number }[]>`
      SELECT "seq" FROM "sqlite_sequence" WHERE "name" = 'run_errors'`;
    await source.close();
    const before = await openOnSqlite(directory);
    const shown = await lists(before);
    await before.close();

    await move({ from: file, to });
    const after = await openRuntime({ dataDir: directory });
    cleanUps.push(() => after.close());
    expect(await lists(after)).toEqual(shown);
    expect(shown.opportunities.items.length).toBeGreaterThan(20);
    expect(shown.dispatches.items).toHaveLength(5);
    const run = await after.db.read.run.findFirstOrThrow();
    const created = await after.db.write.runError.create({ data: { runId: run.id, code: 'new', message: '' } });
    expect(created.id).toBe((row?.seq ?? 0) + 1);
    expect(await scan(after)).toMatchObject({ state: 'succeeded' });
  });

  it('comes to the same end however often and wherever it is killed', async () => {
    const { file, to } = await prepare();
    const calls = (await stepsOfWholeMove()).length;
    const seed = Date.now() % 1_000_000;
    const random = createRandom(seed);
    const say = `seed ${seed}, ${calls} steps`;
    let survived = 0;
    // In a step of its choice; then at a moment of ours, within whatever it is doing.
    for (let kill = 0; kill < 6; kill += 1) {
      const byItself = kill % 2 === 0;
      const at = byItself ? 1 + Math.floor(random() * calls * 0.4) : 0;
      const child = startMover(file, to, at);
      if (!byItself) {
        await child.begun;
        await new Promise((resolve) => setTimeout(resolve, random() * 400));
        child.process.kill('SIGKILL');
      }
      const [, signal] = await child.exit;
      if (signal !== 'SIGKILL') survived += 1;
    }
    expect(survived, say).toBeLessThan(4);
    const { tables } = await move({ from: file, to });
    expect(
      tables.flatMap(({ differences }) => differences),
      say,
    ).toEqual([]);
    await expectSameRows(file, to);
    const target = await openDatabase(to);
    cleanUps.push(() => target.close());
    await expectTotalsToAdd(target);
  }, 180_000);

  it('goes on from where it was ended, and no desk starts before it is over', async () => {
    const { directory, file, to } = await prepare();
    const child = startMover(file, to, 30);
    expect((await child.exit)[1]).toBe('SIGKILL');
    await expect(openRuntime({ dataDir: directory })).rejects.toMatchObject({
      code: 'conflict',
      message: `The move of ${file} into this database has not finished.`,
      remedy: expect.stringContaining('migrate:to-postgres again'),
    });
    const { tables } = await move({ from: file, to });
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    const copiedNow = tables.reduce((sum, table) => sum + table.copiedNow, 0);
    // It dies when it tells of the thirtieth step: some chunks are there.
    expect(copiedNow).toBeGreaterThan(0);
    expect(copiedNow).toBeLessThan(rows);
    await expectSameRows(file, to);
    await (await openRuntime({ dataDir: directory })).close();
  });

  it('refuses to go on with a file that was changed in between', async () => {
    const { file, to } = await prepare();
    await startMover(file, to, 30).exit;
    const db = await openDatabase(`file:${file}`);
    await db.write.account.updateMany({ data: { plan: 'changed' } });
    await db.close();
    await expect(move({ from: file, to })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(
        /^The database began to be filled on .* from .*headroom\.db, which held other rows/,
      ),
    });
  });

  it('finds one changed value, one row too few and one too many, by name, and keeps the desk closed', async () => {
    const { directory, file, to } = await prepare();
    const steps = await stepsOfWholeMove();
    const copied = startMover(file, to, 1 + steps.findIndex(({ step }) => step === 'comparing'));
    expect((await copied.exit)[1]).toBe('SIGKILL');
    const db = await openDatabase(to);
    const [changed, removed] = await db.read.opportunity.findMany({
      where: { dispatch: null },
      take: 2,
      orderBy: { id: 'desc' },
    });
    const changedId = changed?.id ?? '';
    const removedId = removed?.id ?? '';
    await db.write.$executeRaw`UPDATE "opportunities" SET "impact_rank" = "impact_rank" + 1 WHERE "id" = ${changedId}`;
    await db.write.opportunity.delete({ where: { id: removedId } });
    const item = { type: 'module', name: 'extra', currency: 'USD', updatedAt: new Date() };
    await db.write.catalogueItem.create({ data: { id: 'extra', ...item } });
    await db.close();
    const { tables } = await move({ from: file, to });
    expect(tables.reduce((sum, { copiedNow }) => sum + copiedNow, 0)).toBe(0);
    const differences = tables.flatMap((table) => table.differences);
    expect(differences).toContainEqual({
      table: 'opportunities',
      key: `id="${changedId}"`,
      column: 'impact_rank',
      problem: 'differs',
    });
    expect(differences).toContainEqual({
      table: 'opportunities',
      key: `id="${removedId}"`,
      column: null,
      problem: 'is missing in PostgreSQL',
    });
    expect(differences).toContainEqual({
      table: 'catalogue_items',
      key: 'id="extra"',
      column: null,
      problem: 'is in PostgreSQL alone',
    });
    // What hung on the row that was removed is all that is missing besides.
    const beside = differences.filter(({ table }) => !['opportunities', 'catalogue_items'].includes(table));
    expect(beside.every(({ table, problem }) => table === 'timeline_events' && problem.includes('missing'))).toBe(true);
    expect(differences.filter(({ table }) => table === 'opportunities')).toHaveLength(2);
    await expect(openRuntime({ dataDir: directory })).rejects.toMatchObject({ code: 'conflict' });
  });

  it.each([
    ['a desk was started on', 'settings', `INSERT INTO "settings" VALUES ('installed_at', 'x', now())`],
    [
      'holds accounts',
      'accounts',
      `INSERT INTO "accounts" VALUES ('a', 's', 'n', NULL, 'active', NULL, NULL, 'USD', NULL, NULL, NULL, NULL, NULL, NULL, '[]', '[]', '[]', '', NULL, now(), now())`,
    ],
    ['belongs to another application', 'stranger', 'CREATE TABLE "stranger" ()'],
  ])('leaves a database alone that %s', async (_what, table, statement) => {
    const { file } = await prepare();
    const other = await openTemporaryDatabase('postgresql');
    cleanUps.push(() => other.close());
    await onPostgres(other.url, statement);
    await expect(move({ from: file, to: other.url })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`the table ${table}.`),
      remedy: expect.stringContaining('empty database'),
    });
    expect(await other.db.read.setting.findMany({ where: { key: MOVE_KEY } })).toEqual([]);
  });

  it('leaves a file alone that a desk is running on, even one that does nothing just now', async () => {
    const { directory, file, to } = await prepare();
    const desk = await openOnSqlite(directory);
    await expect(move({ from: file, to })).rejects.toMatchObject({
      code: 'conflict',
      message: `${file} is in use: a desk runs on it, or a command does.`,
      remedy: expect.stringContaining('Stop it'),
    });
    expect(await desk.runtime.readiness()).toEqual({ ready: true, degraded: [] });
    await desk.close();
    await move({ from: file, to });
  });

  it('lets no desk start on the file while it is moved', async () => {
    const { directory, file, to } = await prepare();
    let refused = '';
    await move({
      from: file,
      to,
      onProgress({ step, table, done }) {
        if (step !== 'copying' || table !== 'accounts' || done !== 0) return;
        // In another process: this one would lose the lock by closing the file.
        const program = `new (require('better-sqlite3'))(process.argv[1], { timeout: 100 }).prepare('SELECT COUNT(*) FROM accounts').get()`;
        refused = spawnSync(process.execPath, ['-e', program, file], { encoding: 'utf8' }).stderr;
      },
    });
    expect(refused).toContain('database is locked');
    await (await openOnSqlite(directory)).close();
  });

  it('names table, row and column of what PostgreSQL cannot hold, before anything is there', async () => {
    const { file, to } = await prepare(async (db) => {
      await db.write
        .$executeRaw`UPDATE "catalogue_items" SET "benefit" = 'a' || char(0) || 'b' WHERE "id" = 'forecasting'`;
      const snapshot = await db.read.signalSnapshot.findFirstOrThrow({ orderBy: { id: 'asc' } });
      await db.write.$executeRaw`UPDATE "signal_snapshots" SET "seats_active" = 3000000000 WHERE "id" = ${snapshot.id}`;
      await db.write.$executeRaw`UPDATE "users" SET "created_at" = 'yesterday'`;
    });
    const db = await openDatabase(`file:${file}`);
    const items = await db.read.catalogueItem.count({ where: { id: 'forecasting' } });
    const [snapshot] = await db.read.$queryRaw<{ id: number }[]>`
      SELECT "id" FROM "signal_snapshots" WHERE "seats_active" = 3000000000`;
    await db.close();
    expect(items).toBe(1);
    const refusal: Error = await move({ from: file, to }).then(
      () => new Error('It was moved.'),
      (error: Error) => error,
    );
    expect(refusal).toMatchObject({
      code: 'invalid_input',
      remedy: expect.stringContaining(`UPDATE "catalogue_items" SET "benefit" = replace("benefit", char(0), '')`),
    });
    expect(refusal.message).toContain('catalogue_items, row id="forecasting", column benefit: holds the character NUL');
    expect(refusal.message).toContain(
      `signal_snapshots, row id=${Number(snapshot?.id)}, column seats_active: is no integer of 32 bits`,
    );
    expect(refusal.message).toMatch(/users, row id=".+", column created_at: is no time/);
    const target = await openDatabase(to);
    cleanUps.push(() => target.close());
    expect(await target.rows.$queryRaw`SELECT 1 AS "one" FROM pg_tables WHERE schemaname = 'public'`).toEqual([]);
  });

  it('names the row that a limit of PostgreSQL refuses', async () => {
    // An index of PostgreSQL takes about 2,700 bytes, once compressed.
    const name = Array.from({ length: 4_000 }, (_, index) =>
      String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000)),
    ).join('');
    let id = '';
    const { file, to } = await prepare(async (db) => {
      id = (await db.read.account.findFirstOrThrow({ skip: 100, orderBy: { id: 'asc' } })).id;
      await db.write.account.update({ where: { id }, data: { name } });
    });
    await expect(move({ from: file, to })).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining(`PostgreSQL refuses accounts, row id="${id}": index row `),
    });
  });

  it('is a command that says what it does, and can be repeated', async () => {
    const { directory, file, to } = await prepare();
    const first = command(['--to', to, '--from', directory]);
    expect(first).toMatchObject({ status: 0 });
    expect(first.stdout).toMatch(/accounts +249 +249 +the same/);
    expect(first.stdout).toContain('Everything is there, and every value is the same.');
    expect(first.stderr).toContain('copying accounts: 0 of 249');
    expect(command(['--to', to, '--from', `file:${file}`])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('was moved on'),
    });
    expect(command(['--to', to, '--from', path.join(directory, 'nowhere.db')])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`There is no database ${path.join(directory, 'nowhere.db')}.`),
    });
    expect(command(['--from', file])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Say where to move to.'),
    });
    const { pathname } = new URL(to);
    expect(command(['--to', to.replace(pathname, '/not_there'), '--from', file])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('cannot be opened'),
    });
  });

  it('is restored by pg_restore from what pg_dump wrote while a desk worked, and the desk goes on', async () => {
    const { directory, file, to } = await prepare();
    await move({ from: file, to });
    const desk = await openRuntime({ dataDir: directory });
    cleanUps.push(() => desk.close());
    const [open] = (await desk.runtime.reads.listOpportunities({ status: ['open'], limit: 1 })).items;
    const dispatched = await desk.runtime.desk.dispatch(open?.id ?? '', 'test');
    const working = scan(desk);
    const copies = await temporaryDirectory();
    cleanUps.push(() => removeDirectory(copies));
    for (const name of ['drafts', 'secret']) {
      await cp(path.join(directory, name), path.join(copies, name), { recursive: true });
    }
    const dump = path.join(directory, 'headroom.dump');
    postgresTool('pg_dump', '--format=custom', '--no-owner', `--file=${dump}`, to);
    expect(await working).toMatchObject({ state: 'succeeded' });
    expect((await stat(dump)).size).toBeGreaterThan(10_000);

    const url = databaseUrl(copies, 'postgresql');
    await onPostgres(process.env.TEST_POSTGRES_URL ?? '', `CREATE DATABASE "${new URL(url).pathname.slice(1)}"`);
    postgresTool('pg_restore', '--exit-on-error', '--no-owner', '--single-transaction', `--dbname=${url}`, dump);
    const again = await openRuntime({ dataDir: copies });
    cleanUps.push(() => again.close());
    await expectTotalsToAdd(again.db);
    const { items } = await again.runtime.reads.listOpportunities({ status: ['open'], limit: 10 });
    expect(await again.runtime.desk.dispatch(items[0]?.id ?? '', 'test')).toMatchObject({
      outcome: 'created',
      state: 'drafted',
    });
    expect((await again.runtime.reads.listDispatches({})).items).toHaveLength(7);
    const id = 'dispatchId' in dispatched ? dispatched.dispatchId : '';
    expect(await again.runtime.desk.readDraft(id)).toEqual(await desk.runtime.desk.readDraft(id));
    expect(await again.runtime.desk.readDraft(id)).not.toBeNull();
  });

  async function stepsOfWholeMove(): Promise<MoveProgress[]> {
    const { file, to } = await prepare();
    const steps: MoveProgress[] = [];
    await move({ from: file, to, onProgress: (progress) => steps.push(progress) });
    return steps;
  }
});

function move(options: Pick<MoveOptions, 'from' | 'to'> & Partial<MoveOptions>) {
  return moveToPostgres({
    prismaDirectory: path.resolve('prisma'),
    now: () => new Date(),
    chunkRows: CHUNK_ROWS,
    onProgress: () => {},
    ...options,
  });
}

/** The killable process, told to kill itself at a step or, with 0, at none. */
function startMover(file: string, to: string, killAt: number) {
  const args = ['--import', 'tsx', 'tests/helpers/mover.ts', file, to, String(CHUNK_ROWS), String(killAt)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return { process: child, exit, begun: Promise.race([once(child.stdout, 'data'), exit]) };
}

/** The command as a person gives it. */
function command(args: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'scripts/migrate-to-postgres.ts', ...args], {
    env: { ...process.env, DATABASE_URL: '', NODE_ENV: 'test' },
    encoding: 'utf8',
  });
}

function postgresTool(name: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(path.join(findPostgres() ?? '', name), args, { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
}

/** A desk on the SQLite file of a data directory, in the run that is about PostgreSQL. */
function openOnSqlite(directory: string): Promise<TestRuntime> {
  return openRuntime({ dataDir: directory, env: { DATABASE_URL: `file:${path.join(directory, 'headroom.db')}` } });
}

async function scan({ runtime }: TestRuntime) {
  const answer = await runtime.desk.submitTask('customer-success', { type: 'portfolio_scan' }, 'test');
  if (answer.kind !== 'run') throw new Error('A scan of all accounts is a run.');
  return runEnded(runtime, answer.runId);
}

async function lists({ runtime: { reads } }: TestRuntime) {
  return {
    workspace: await reads.workspace(),
    opportunities: await reads.listOpportunities({ limit: 100 }),
    accounts: await reads.listAccounts({ limit: 100 }),
    dispatches: await reads.listDispatches({}),
    runs: await reads.listRuns({}),
  };
}

/** Tables of the models that are to be moved. */
async function tablesOfModels(): Promise<string[]> {
  const models = await readFile('prisma/models.prisma', 'utf8');
  const names = [...models.matchAll(/^ {2}@@map\("(\w+)"\)$/gm)].map(([, name = '']) => name);
  return names.filter((name) => !COUNTED_ANEW.includes(name)).sort();
}

/** Every row of every model as Prisma reads it from either engine, which is not how the move compares them. */
async function expectSameRows(file: string, to: string): Promise<void> {
  const source = await openDatabase(`file:${file}`);
  const target = await openDatabase(to);
  try {
    for (const model of Object.values(Prisma.ModelName).filter((name) => !/^Total/.test(name))) {
      const [ours, theirs] = await Promise.all([source, target].map((db) => rowsOf(db, model)));
      expect(theirs, model).toEqual(ours);
    }
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

async function rowsOf(db: Database, model: string): Promise<string[]> {
  const name = `${model.charAt(0).toLowerCase()}${model.slice(1)}`;
  const client = db.read as unknown as Record<string, { findMany(): Promise<Record<string, unknown>[]> }>;
  const rows = (await client[name]?.findMany()) ?? [];
  return rows
    .filter((row) => row.key !== MOVE_KEY)
    .map((row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)))
    .sort();
}

/** Two rows for every table that the desk has not filled by itself, of whatever columns it has. */
async function fillEmptyTables(db: Database): Promise<void> {
  const tables = (await tablesOfModels()).map((name) => ({ name, done: false }));
  for (const round of tables) {
    for (const table of tables.filter(({ done }) => !done)) {
      const references = await db.read.$queryRaw<{ table: string; from: string; to: string }[]>`
        SELECT "table", "from", "to" FROM pragma_foreign_key_list(${table.name})`;
      if (references.some(({ table: other }) => tables.some(({ name, done }) => name === other && !done))) continue;
      const [any] = await db.read.$queryRawUnsafe<unknown[]>(`SELECT 1 FROM "${table.name}" LIMIT 1`);
      for (const index of any ? [] : [1, 2]) await insertAny(db, table.name, references, index);
      table.done = true;
    }
    if (round.done && tables.every(({ done }) => done)) return;
  }
}

async function insertAny(
  db: Database,
  table: string,
  references: { table: string; from: string; to: string }[],
  index: number,
): Promise<void> {
  const columns = await db.read.$queryRaw<{ name: string; type: string; pk: bigint }[]>`
    SELECT "name", "type", "pk" FROM pragma_table_info(${table})`;
  const values: Record<string, string> = {
    TEXT: `'${`${TEXT} ${index}`.replaceAll("'", "''")}'`,
    INTEGER: String(index),
    BIGINT: String(2n ** 60n + BigInt(index)),
    REAL: String(index / 3),
    BOOLEAN: String(index % 2),
    DATETIME: `'2026-11-2${index}T09:30:00.00${index}+00:00'`,
  };
  const given = columns.map(({ name, type, pk }) => {
    const reference = references.find(({ from }) => from === name);
    // One that is the key itself is another one in each row.
    const offset = pk > 0 ? index - 1 : 0;
    if (reference) return `(SELECT "${reference.to}" FROM "${reference.table}" LIMIT 1 OFFSET ${offset})`;
    const value = values[type];
    if (!value) throw new Error(`${table}.${name} is of the type ${type}: give it a value here`);
    return value;
  });
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  await db.write.$executeRawUnsafe(`INSERT INTO "${table}" (${names}) VALUES (${given.join(', ')})`);
}
