import { accountsFile } from '../adapters/accounts/accounts-file';
import { type Cell, RowCells } from '../adapters/accounts/row-cells';
import { adaptCell, type NotionMapping } from '../adapters/notion/mapping';
import type { NotionPage } from '../adapters/notion/notion-objects';
import { readPropertyValue } from '../adapters/notion/property-values';
import type { AccountRecord, RowIssue } from '../domain/import-records';

/** One page of the accounts database, as the account that it is. */
export interface NotionRow {
  page: NotionPage;
  record: AccountRecord;
  /** What makes it no account; empty where it is one. */
  issues: RowIssue[];
  /** What could not be read, and stops nothing. */
  notes: string[];
  /** What came out of each mapped property, for people to look at. */
  cells: Record<string, string>;
}

const MAX_SHOWN = 120;

/**
 * Reads a page with the mapping, by the same rules as a row of an accounts file. Without an id of its own an account is known
 * by the page's id. Signals were observed when the page was last edited, unless a property says when.
 */
export function readNotionRow(page: NotionPage, mapping: NotionMapping, now: Date): NotionRow {
  const columns = new Map<string, number>();
  const labels: string[] = [];
  const cells: Cell[] = [];
  const unreadable: RowIssue[] = [];
  const notes: string[] = [];
  const shown: Record<string, string> = {};
  const add = (column: string, label: string, cell: Cell) => {
    columns.set(column, cells.length);
    labels.push(label);
    cells.push(cell);
    const text = typeof cell === 'string' ? cell : cell.join('; ');
    shown[column] = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
  };
  for (const [column, property] of Object.entries(mapping)) {
    const reading = readPropertyValue(page.values.get(property.id));
    if ('problem' in reading) {
      unreadable.push({ column: property.name, value: null, message: `It ${reading.problem}` });
      continue;
    }
    if (reading.note !== undefined) notes.push(`«${property.name}» ${reading.note}.`);
    add(column, property.name, adaptCell(column, reading.cell));
  }
  if (!columns.has('account_id') && mapping.account_id === undefined) add('account_id', 'page id', page.id);
  const row = new RowCells(columns, labels, cells);
  const record = accountsFile.read(row, { now });
  const observedAt = mapping.observed_at ? record.observation.observedAt : null;
  record.observation.observedAt = observedAt ?? page.editedAt;
  return { page, record, issues: [...unreadable, ...row.issues], notes, cells: shown };
}

/** What is wrong, in words: «ARR: «abc» is not an amount.» */
export function issuesInWords(issues: readonly RowIssue[]): string {
  return issues.map(({ column, message }) => (column === null ? message : `${column}: ${message}`)).join(' ');
}
