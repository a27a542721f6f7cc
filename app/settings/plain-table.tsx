import clsx from 'clsx';
import type { ReactNode } from 'react';

export interface PlainColumn<Row> {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  align?: 'right';
  /** Class with the width. Exactly one column should have none: it takes what is left. */
  width?: string;
  /** Hidden where the table (not the screen) is narrower than: sm 38rem, md 46rem. */
  hideBelow?: 'sm' | 'md';
  /** Names the row for assistive technology. */
  rowHeader?: boolean;
  /** The header is read out alone, e.g. over buttons. */
  quiet?: boolean;
}

interface Props<Row> {
  /** Name of the table, read out. */
  label: string;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  columns: readonly PlainColumn<Row>[];
}

const HIDE = { sm: '@max-[38rem]:hidden', md: '@max-[46rem]:hidden' };

/** A short list with controls in its rows, inside a card. Its rows open nothing; for those that do there is DataTable. */
export function PlainTable<Row>({ label, rows, rowKey, columns }: Props<Row>) {
  return (
    <div className="@container">
      <table aria-label={label} className="w-full table-fixed border-separate border-spacing-0">
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={clsx(
                  'border-b px-2 py-1.5 text-xs font-medium whitespace-nowrap text-ink-3 first:pl-4 last:pr-4',
                  look(column),
                  column.width,
                )}
              >
                {column.quiet === true ? <span className="sr-only">{column.header}</span> : column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} className="[&:last-child>*]:border-b-0">
              {columns.map((column) => (
                <Cell key={column.id} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell<Row>({ column, row }: { column: PlainColumn<Row>; row: Row }) {
  const className = clsx('border-b px-2 py-2 font-normal first:pl-4 last:pr-4', look(column));
  return column.rowHeader === true ? (
    <th scope="row" className={className}>
      {column.cell(row)}
    </th>
  ) : (
    <td className={className}>{column.cell(row)}</td>
  );
}

function look<Row>({ align, hideBelow }: PlainColumn<Row>): string {
  return clsx(
    align === 'right' ? 'text-right tabular-nums' : 'text-left',
    hideBelow === undefined ? '' : HIDE[hideBelow],
  );
}
