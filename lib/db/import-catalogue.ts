import type { CatalogueRecord } from '../domain/import-records';
import { Prisma } from './generated/sqlite/client';
import { type BatchOutcome, emptyOutcome, lastOfEach, sortedJson } from './import-batch';
import { among, insertRows, type SqlClient, selectRows } from './sql';

const CATALOGUE_COLUMNS = [
  'id',
  'type',
  'name',
  'price_cents',
  'currency',
  'signal_features',
  'eligible_plans',
  'tech_names',
  'benefit',
];

/** Inserts and updates items; those that the file leaves out stay. `writtenAt` as the database stores it. */
export async function applyCatalogue(
  tx: SqlClient,
  records: readonly CatalogueRecord[],
  writtenAt: string,
): Promise<BatchOutcome> {
  const outcome = emptyOutcome();
  const columns = Object.fromEntries(CATALOGUE_COLUMNS.map((column) => [column, `"${column}"`]));
  const stored = await selectRows<Record<string, string | number | null>>(
    tx,
    columns,
    Prisma.sql`FROM "catalogue_items" WHERE "id" ${among(
      tx,
      records.map((record) => record.id),
    )}`,
  );
  const known = new Map(stored.map((row) => [row.id, JSON.stringify(CATALOGUE_COLUMNS.map((column) => row[column]))]));
  const changed = new Map<string, unknown[]>();
  for (const record of lastOfEach(records, (each) => each.id)) {
    const values = catalogueValues(record);
    const before = known.get(record.id);
    if (before === JSON.stringify(values)) continue;
    if (before === undefined) outcome.created += 1;
    else outcome.updated += 1;
    changed.set(record.id, [...values, writtenAt]);
  }
  outcome.unchanged = records.length - outcome.created - outcome.updated;
  const assignments = [...CATALOGUE_COLUMNS.slice(1), 'updated_at'].map(
    (column) => `"${column}" = excluded."${column}"`,
  );
  await insertRows(
    tx,
    'catalogue_items',
    [...CATALOGUE_COLUMNS, 'updated_at'],
    [...changed.values()],
    Prisma.sql`ON CONFLICT ("id") DO UPDATE SET ${Prisma.raw(assignments.join(', '))}`,
  );
  return outcome;
}

/** In the order of {@link CATALOGUE_COLUMNS}. */
function catalogueValues(record: CatalogueRecord): (string | number | null)[] {
  return [
    record.id,
    record.type,
    record.name,
    record.priceCents,
    record.currency,
    sortedJson(record.signalFeatures),
    sortedJson(record.eligiblePlans),
    sortedJson(record.techNames),
    record.benefit,
  ];
}
