import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountsFile } from '../../lib/adapters/accounts/accounts-file';
import type { Database } from '../../lib/db/client';
import { createImportStore } from '../../lib/db/import-store';
import { readTotals } from '../../lib/db/totals';
import { importFile } from '../../lib/importer';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';

const COUNT = 100_000;
/** Rows between two looks at the memory. */
const LOOK_AFTER = 10_000;

let database: TemporaryDatabase;
let directory: string;
let db: Database;

beforeAll(async () => {
  database = await openTemporaryDatabase();
  ({ directory, db } = database);
});
afterAll(() => database.close());

it('takes 100,000 rows in without holding them in memory', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // The database file is mapped into memory, so the resident size says little: what counts is what the import holds, without
  // what nobody refers to any more.
  const held = () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = held();
  let peak = before;
  let next = LOOK_AFTER;
  const onProgress = (rows: number) => {
    if (rows < next) return;
    next = rows + LOOK_AFTER;
    peak = Math.max(peak, held());
  };
  const outcome = await importFile({
    kind: 'accounts',
    format: 'csv',
    body: largeFile(),
    store: createImportStore(db),
    now: new Date('2026-11-22T15:00:00Z'),
    rejectedDirectory: directory,
    onProgress,
  });
  expect(outcome).toMatchObject({ created: COUNT, errorCount: 0, changedAccountIds: null });
  expect(next, 'rows after the last look').toBeGreaterThan(COUNT);
  expect((peak - before) / 1024 / 1024).toBeLessThan(30);
  const totals = await readTotals(db.rows, ['account']);
  expect(totals.reduce((sum, total) => sum + total.count, 0)).toBe(COUNT);
}, 120_000);

async function* largeFile(): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(`${accountsFile.columns.join(',')}\n`);
  for (let from = 0; from < COUNT; from += 500) {
    const rows = Array.from({ length: 500 }, (_, index) => {
      const id = from + index;
      return `acct-${id},Northwind Robotics ${id},nw${id}.example,active,mid-market,${20_000 + id}.50,USD,growth,100,${id % 100},dana@x.example,tom@x.example,2025-01-01,2027-01-01,2026-11-01,2.5,growing,0.82,high,9,current,1,positive,0,GREEN,GREEN,forecasting;audit-log,slack;jira,Snowflake;Zendesk,2026-11-20T06:00:00Z\n`;
    });
    yield encoder.encode(rows.join(''));
  }
}
