import { Prisma } from './generated/sqlite/client';
import { MOVE_KEY } from './move-mark';
import { describeKey, keyOf, type MovedRow, type MovedTable, type MovedValue, type MoveSource } from './move-source';
import { inputRows, type SqlClient, selectRows } from './sql';

/** Of a table, differences beyond these are not listed. */
const DIFFERENCES_SHOWN = 20;

/** Where the databases do not agree. Values are left out: some are secret. */
export interface Difference {
  table: string;
  /** Of the row. */
  key: string;
  /** Null where the whole row is missing on one side. */
  column: string | null;
  problem: string;
}

/** Every row of the source is looked up by its key; where the numbers differ, what is too much is found too. */
export async function compareTable(
  source: MoveSource,
  client: SqlClient,
  table: MovedTable,
  chunkRows: number,
  onRows: (done: number) => void,
): Promise<Difference[]> {
  const found: Difference[] = [];
  const add = (key: MovedValue[], column: string | null, problem: string) =>
    found.push({ table: table.name, key: describeKey(table, key), column, problem });
  let after: MovedRow['at'] | null = null;
  let done = 0;
  while (found.length < DIFFERENCES_SHOWN) {
    onRows(done);
    const rows: MovedRow[] = await source.read(table, after, chunkRows);
    if (rows.length === 0) break;
    const theirs = await lookUp(
      client,
      table,
      rows.map(({ values }) => keyOf(table, values)),
    );
    for (const { values } of rows) {
      const key = keyOf(table, values);
      const other = theirs.get(JSON.stringify(key));
      if (!other) add(key, null, 'is missing in PostgreSQL');
      else for (const column of differing(table, values, other)) add(key, column, 'differs');
    }
    after = rows.at(-1)?.at ?? null;
    done += rows.length;
  }
  const [count] = await client.$queryRaw<{ rows: number }[]>(
    Prisma.sql`SELECT COUNT(*) AS "rows" FROM ${quoted(table.name)} ${withoutMark(table, 'WHERE')}`,
  );
  if ((count?.rows ?? 0) !== table.rows) {
    for (const key of await surplus(source, client, table, chunkRows)) add(key, null, 'is in PostgreSQL alone');
  }
  return found.slice(0, DIFFERENCES_SHOWN);
}

/** Rows of the target by key, with their values in the order of the table's columns. */
async function lookUp(
  client: SqlClient,
  table: MovedTable,
  keys: readonly MovedValue[][],
): Promise<Map<string, MovedValue[]>> {
  const same = table.key.map((name) => `t."${name}" = "input"."${name}"`).join(' AND ');
  const rows = await selectRows<Record<string, MovedValue>>(
    client,
    targetColumns(table.columns),
    Prisma.sql`FROM ${inputRows(client, table.name, table.key, keys)} JOIN ${quoted(table.name)} t ON ${Prisma.raw(same)}`,
  );
  return new Map(
    rows.map((row) => {
      const values = table.columns.map(({ name }) => row[name] ?? null);
      return [JSON.stringify(keyOf(table, values)), values];
    }),
  );
}

function targetColumns(columns: MovedTable['columns']): Record<string, string> {
  return Object.fromEntries(
    columns.map(({ name, target }) => [name, target === 'bigint' ? `CAST(t."${name}" AS text)` : `t."${name}"`]),
  );
}

function differing({ columns }: MovedTable, ours: readonly MovedValue[], theirs: readonly MovedValue[]): string[] {
  return columns.flatMap(({ name }, index) => (ours[index] === theirs[index] ? [] : [name]));
}

/** Keys that only the target has, in the target's own order. */
async function surplus(
  source: MoveSource,
  client: SqlClient,
  table: MovedTable,
  chunkRows: number,
): Promise<MovedValue[][]> {
  const found: MovedValue[][] = [];
  const columns = table.columns.filter(({ name }) => table.key.includes(name));
  const key = Prisma.raw(table.key.map((name) => `t."${name}"`).join(', '));
  let after: MovedValue[] | null = null;
  while (found.length < DIFFERENCES_SHOWN) {
    const rest: Prisma.Sql = after
      ? Prisma.sql`WHERE (${key}) > (${Prisma.join(typed(table, after))}) ${withoutMark(table, 'AND')}`
      : withoutMark(table, 'WHERE');
    const rows: Record<string, MovedValue>[] = await selectRows(
      client,
      targetColumns(columns),
      Prisma.sql`FROM ${quoted(table.name)} t ${rest} ORDER BY ${key} LIMIT ${chunkRows}`,
    );
    if (rows.length === 0) break;
    const keys = rows.map((row) => table.key.map((name) => row[name] ?? null));
    found.push(...(await source.missing(table, keys)));
    after = keys.at(-1) ?? null;
  }
  return found;
}

/** A value beside a row of columns has no type of its own. */
function typed({ key, columns }: MovedTable, values: readonly MovedValue[]): Prisma.Sql[] {
  return key.map((name, index) => {
    const type = columns.find((column) => column.name === name)?.target ?? 'text';
    return Prisma.sql`CAST(${values[index]} AS ${Prisma.raw(type)})`;
  });
}

function withoutMark({ name }: MovedTable, word: 'WHERE' | 'AND'): Prisma.Sql {
  return name === 'settings' ? Prisma.sql`${Prisma.raw(word)} "key" <> ${MOVE_KEY}` : Prisma.empty;
}

function quoted(name: string): Prisma.Sql {
  return Prisma.raw(`"${name}"`);
}
