import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { accountsFile } from './adapters/accounts/accounts-file';
import { catalogueFile } from './adapters/accounts/catalogue-file';
import type { FileKind, RawRow, RowSource } from './adapters/accounts/file-kind';
import type { ColumnMapping } from './adapters/accounts/header';
import { readCsv } from './adapters/accounts/read-csv';
import { readJson } from './adapters/accounts/read-json';
import { createRejectedCsv, type RejectedCsv } from './adapters/accounts/rejected-csv';
import { RowCells } from './adapters/accounts/row-cells';
import { usageFile } from './adapters/accounts/usage-file';
import { breathe } from './breathe';
import type { ImportError, ImportKind, ImportResult } from './contracts';
import type { BatchOutcome } from './db/import-batch';
import type { ImportStore } from './db/import-store';
import type { RowIssue } from './domain/import-records';
import { isAppError } from './errors';

/** More errors than these are counted, but not returned: the rejected rows' file has them all. */
const MAX_ERRORS_RETURNED = 1_000;
/** With more changed accounts than these, scanning all of them is the simpler way. */
const MAX_CHANGED_ACCOUNTS = 10_000;

export interface ImportRequest {
  kind: ImportKind;
  format: 'csv' | 'json';
  body: AsyncIterable<Uint8Array>;
  /** File column → known column, or null to leave it out. Columns that it does not name go by their own name. */
  mapping?: ColumnMapping;
  store: ImportStore;
  now: Date;
  /** Where the file of rejected rows is written; made when it is needed. */
  rejectedDirectory: string;
  /** Told the number of rows done after each batch. */
  onProgress?: (rows: number) => void;
}

export interface ImportOutcome extends Omit<ImportResult, 'runId'> {
  importId: string;
  /** Path of the rejected rows' file, named `<importId>.csv`, or null where none was rejected. */
  rejectedCsv: string | null;
  /** The accounts that a scan should look at again; null for «all of them». */
  changedAccountIds: string[] | null;
}

/**
 * Imports one file in batches, each a transaction. Good rows go in; bad rows come back with what is wrong. A file that
 * breaks off midway keeps what was imported before, and says so among the errors.
 * @throws AppError `invalid_input` where the file cannot be used at all; nothing was imported then.
 */
export function importFile(request: ImportRequest): Promise<ImportOutcome> {
  const { store, now } = request;
  switch (request.kind) {
    case 'accounts':
      return importRows(request, accountsFile, (records) => store.applyAccounts(records, now));
    case 'catalogue':
      return importRows(request, catalogueFile, (records) => store.applyCatalogue(records, now));
    case 'usage':
      return importRows(request, usageFile, (records) => store.applyUsage(records, now));
  }
}

async function importRows<Record>(
  request: ImportRequest,
  kind: FileKind<Record>,
  apply: (records: readonly Record[]) => Promise<BatchOutcome>,
): Promise<ImportOutcome> {
  const open = request.format === 'csv' ? readCsv : readJson;
  const source = await open(request.body, kind, request.mapping);
  const importId = randomUUID();
  const rejected = createRejectedCsv(path.join(request.rejectedDirectory, `${importId}.csv`), source.header);
  const tally = new Tally(rejected);
  try {
    for await (const rows of source.rows) {
      await importBatch(rows, source, kind, request.now, apply, tally);
      request.onProgress?.(tally.rows);
      await breathe();
    }
  } catch (error) {
    const usable = isAppError(error) && error.code === 'invalid_input' && tally.rows > 0;
    if (!usable) {
      await rejected.discard();
      throw error;
    }
    tally.stop(error.message, error.remedy);
  }
  const rejectedCsv = await rejected.close();
  // Any account may be fit for a new item.
  const scanAll = request.kind === 'catalogue' && tally.created + tally.updated > 0;
  return {
    importId,
    created: tally.created,
    updated: tally.updated,
    unchanged: tally.unchanged,
    errors: tally.errors,
    errorCount: tally.errorCount,
    rejectedRows: tally.rejectedRows,
    rejectedCsv,
    changedAccountIds: scanAll || tally.changed === null ? null : [...tally.changed],
  };
}

async function importBatch<Record>(
  rows: readonly RawRow[],
  { header }: RowSource,
  kind: FileKind<Record>,
  now: Date,
  apply: (records: readonly Record[]) => Promise<BatchOutcome>,
  tally: Tally,
): Promise<void> {
  const records: Record[] = [];
  const origins: RawRow[] = [];
  const rejects: { row: RawRow; issues: RowIssue[] }[] = [];
  for (const row of rows) {
    if (row.issue) {
      rejects.push({ row, issues: [row.issue] });
      continue;
    }
    const cells = new RowCells(header.positions, header.labels, row.cells);
    const record = kind.read(cells, { now });
    if (cells.issues.length > 0) {
      rejects.push({ row, issues: cells.issues });
      continue;
    }
    records.push(record);
    origins.push(row);
  }
  if (records.length > 0) {
    await breathe();
    const outcome = await apply(records);
    tally.count(outcome);
    for (const { index, issue } of outcome.rejected) {
      const row = origins[index];
      if (row) rejects.push({ row, issues: [issue] });
    }
  }
  rejects.sort((a, b) => a.row.line - b.row.line);
  for (const { row, issues } of rejects) await tally.reject(row, issues);
  tally.rows += rows.length;
  tally.lastLine = rows.at(-1)?.line ?? tally.lastLine;
}

/** What has become of the rows so far. */
class Tally {
  rows = 0;
  lastLine = 0;
  created = 0;
  updated = 0;
  unchanged = 0;
  errorCount = 0;
  rejectedRows = 0;
  readonly errors: ImportError[] = [];
  /** Null once there are too many to name. */
  changed: Set<string> | null = new Set();
  readonly #rejected: RejectedCsv;

  constructor(rejected: RejectedCsv) {
    this.#rejected = rejected;
  }

  count(outcome: BatchOutcome): void {
    this.created += outcome.created;
    this.updated += outcome.updated;
    this.unchanged += outcome.unchanged;
    for (const id of outcome.changedAccountIds) this.changed?.add(id);
    if (this.changed && this.changed.size > MAX_CHANGED_ACCOUNTS) this.changed = null;
  }

  async reject(row: RawRow, issues: readonly RowIssue[]): Promise<void> {
    this.rejectedRows += 1;
    for (const issue of issues) this.#add({ line: row.line, ...issue });
    await this.#rejected.add(row, issues);
  }

  /** The file broke off: the rows after the last batch are unknown. */
  stop(message: string, remedy: string | undefined): void {
    const advice =
      'Reading stopped here; the rows before are in. Mend the file and import all of it again: what is in already is recognised.';
    this.#add({
      line: this.lastLine + 1,
      column: null,
      value: null,
      message: [message, advice, remedy].filter(Boolean).join(' '),
    });
  }

  #add(error: ImportError): void {
    this.errorCount += 1;
    if (this.errors.length < MAX_ERRORS_RETURNED) this.errors.push(error);
  }
}
