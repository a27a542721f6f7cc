'use client';

import clsx from 'clsx';
import Link from 'next/link';
import { type MouseEvent, type ReactNode, useId, useRef } from 'react';
import { Button } from './button';
import { Checkbox } from './checkbox';
import { useEndReached, useRowKeys, useRowWindow } from './use-table-rows';

export interface Column<Row> {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  align?: 'right';
  /** A CSS length. Exactly one column should have none: it takes what is left. */
  width?: string;
  /** Classes of the header, e.g. a width that depends on the table's: `w-40 @max-[46rem]:w-auto`. */
  headClass?: string;
  /** Hidden where the table (not the screen) is narrower than: sm 38rem, md 46rem, lg 56rem. */
  hideBelow?: 'sm' | 'md' | 'lg';
  /** Names the row for assistive technology; hold a {@link RowLink} in it. */
  rowHeader?: boolean;
  /** Makes the header a button. */
  sort?: { direction: 'asc' | 'desc' | null; onSort: () => void };
}

export interface Selection<Row> {
  selected: ReadonlySet<string>;
  canSelect: (row: Row) => boolean;
  onToggle: (row: Row, selected: boolean) => void;
  onToggleAll: (selected: boolean) => void;
  /** e.g. `Select Northwind Robotics`. */
  label: (row: Row) => string;
}

interface Props<Row> {
  /** Name of the table, read out. */
  label: string;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  columns: readonly Column<Row>[];
  /** The row shown in the side panel. */
  activeKey?: string | null;
  selection?: Selection<Row>;
  /** j, k and the arrows came to this row. */
  onMove?: (row: Row) => void;
  /** More rows can be had. */
  hasMore?: boolean;
  loadingMore?: boolean;
  onLoadMore?: () => void;
  rowHeight?: number;
}

const HIDE = { sm: '@max-[38rem]:hidden', md: '@max-[46rem]:hidden', lg: '@max-[56rem]:hidden' };

/**
 * A table with a sticky header, which draws only the rows in view once there are many. j/k or the arrows move, Enter
 * opens (the row's {@link RowLink}), x selects, Tab reaches everything.
 */
export function DataTable<Row>(props: Props<Row>) {
  const { label, rows, rowKey, columns, activeKey = null, selection, hasMore = false, rowHeight = 54 } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const hint = useId();
  const shown = useRowWindow({ body, count: rows.length, rowHeight });
  const end = useEndReached(hasMore && props.loadingMore !== true, props.onLoadMore);
  useRowKeys({
    body,
    count: rows.length,
    activeIndex: activeKey === null ? -1 : rows.findIndex((row) => rowKey(row) === activeKey),
    reveal: shown.reveal,
    onMove: (index) => {
      const row = rows[index];
      if (row !== undefined) props.onMove?.(row);
    },
    onSelect: (index) => {
      const row = rows[index];
      if (row === undefined || selection === undefined || !selection.canSelect(row)) return;
      selection.onToggle(row, !selection.selected.has(rowKey(row)));
    },
  });

  return (
    <div className="@container relative flex-none border-t bg-panel roomy:min-h-0 roomy:flex-1 roomy:overflow-y-auto">
      <p id={hint} className="sr-only">
        Keys: j and k move between rows, Enter opens{selection === undefined ? '' : ', x selects'}.
      </p>
      <table
        aria-label={label}
        aria-describedby={hint}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        className="w-full table-fixed border-separate border-spacing-0"
      >
        <thead>
          <tr aria-rowindex={1}>
            {selection === undefined ? null : <SelectAll rows={rows} rowKey={rowKey} selection={selection} />}
            {columns.map((column, index) => (
              <HeaderCell key={column.id} column={column} first={index === 0 && selection === undefined} />
            ))}
          </tr>
        </thead>
        <Gap height={shown.before} />
        <tbody ref={body}>
          {shown.indexes.map((index) => {
            const row = rows[index];
            if (row === undefined) return null;
            const key = rowKey(row);
            const isSelected = selection?.selected.has(key) === true;
            return (
              <tr
                key={key}
                data-index={index}
                data-key={key}
                aria-rowindex={index + 2}
                aria-current={key === activeKey || undefined}
                onClick={openRow}
                style={{ height: rowHeight }}
                className={clsx(
                  'cursor-pointer -outline-offset-2 outline-focus has-[[data-row-link]:focus-visible]:outline-2 [&>*]:border-b [&>*]:px-2.5 [&>*:first-child]:pl-5 [&>*:last-child]:pr-5',
                  '@max-[38rem]:[&>*]:px-1.5 @max-[38rem]:[&>*:first-child]:pl-4 @max-[38rem]:[&>*:last-child]:pr-3 focus-within:[&>*]:bg-raise',
                  key === activeKey ? '[&>*]:bg-accent-soft!' : 'hover:[&>*]:bg-raise',
                )}
              >
                {selection === undefined ? null : (
                  <td className="w-[42px] @max-[38rem]:w-[37px]">
                    <Checkbox
                      label={selection.label(row)}
                      checked={isSelected}
                      disabled={!selection.canSelect(row)}
                      onChange={(checked) => selection.onToggle(row, checked)}
                    />
                  </td>
                )}
                {columns.map((column) => (
                  <BodyCell key={column.id} column={column} row={row} />
                ))}
              </tr>
            );
          })}
        </tbody>
        <Gap height={shown.after} />
      </table>
      {hasMore ? (
        <div ref={end} className="grid h-14 place-items-center">
          <Button variant="quiet" size="sm" onClick={props.onLoadMore} pending={props.loadingMore}>
            {props.loadingMore ? 'Loading more' : 'Load more'}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

interface RowLinkProps {
  href: string;
  /** Opens in place, e.g. in the side panel; a click with Ctrl, Shift or the middle button still follows `href`. */
  onOpen?: () => void;
  children: ReactNode;
}

/** What a click on the row, or Enter, does. One a row. */
export function RowLink({ href, onOpen, children }: RowLinkProps) {
  // The whole row shows the focus: an outline here would be cut off where the name is.
  const className = 'font-semibold whitespace-nowrap text-ink outline-none hover:underline';
  if (onOpen === undefined) {
    return (
      <Link href={href} prefetch={false} data-row-link="" className={className}>
        {children}
      </Link>
    );
  }
  return (
    <a
      href={href}
      data-row-link=""
      className={className}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onOpen();
      }}
    >
      {children}
    </a>
  );
}

/** A click anywhere on a row that is not on a control of its own opens the row. */
function openRow(event: MouseEvent<HTMLTableRowElement>): void {
  const target = event.target;
  if (!(target instanceof Element) || target.closest('a,button,input,label,[role="menu"],[role="dialog"]') !== null)
    return;
  if (!event.currentTarget.contains(target) || getSelection()?.isCollapsed === false) return;
  event.currentTarget.querySelector<HTMLElement>('[data-row-link]')?.click();
}

function SelectAll<Row>({
  rows,
  rowKey,
  selection,
}: {
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  selection: Selection<Row>;
}) {
  const open = rows.filter(selection.canSelect);
  const count = open.filter((row) => selection.selected.has(rowKey(row))).length;
  return (
    <th
      scope="col"
      className="sticky top-0 z-10 w-[42px] border-b bg-panel pl-5 text-left @max-[38rem]:w-[37px] @max-[38rem]:pl-4"
    >
      <Checkbox
        label="Select all that are shown"
        checked={count > 0 && count === open.length}
        indeterminate={count > 0 && count < open.length}
        disabled={open.length === 0}
        onChange={selection.onToggleAll}
      />
    </th>
  );
}

const SORT = { asc: { aria: 'ascending', arrow: '↑' }, desc: { aria: 'descending', arrow: '↓' } } as const;

function HeaderCell<Row>({ column, first }: { column: Column<Row>; first: boolean }) {
  const { sort } = column;
  const direction = sort?.direction ?? null;
  return (
    <th
      scope="col"
      style={{ width: column.width }}
      aria-sort={direction === null ? undefined : SORT[direction].aria}
      className={clsx(
        'sticky top-0 z-10 border-b bg-panel px-2.5 py-2 text-xs font-medium whitespace-nowrap text-ink-3 last:pr-5 @max-[38rem]:px-1.5 @max-[38rem]:last:pr-3',
        column.align === 'right' ? 'text-right' : 'text-left',
        first && 'pl-5! @max-[38rem]:pl-4!',
        column.headClass,
        column.hideBelow === undefined ? '' : HIDE[column.hideBelow],
      )}
    >
      {sort === undefined ? (
        column.header
      ) : (
        <button type="button" onClick={sort.onSort} className="rounded-sm font-medium hover:text-ink">
          {column.header}
          <span aria-hidden="true"> {direction === null ? '' : SORT[direction].arrow}</span>
        </button>
      )}
    </th>
  );
}

function BodyCell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const className = clsx(
    'overflow-hidden font-normal text-ellipsis whitespace-nowrap',
    column.align === 'right' ? 'text-right' : 'text-left',
    column.hideBelow === undefined ? '' : HIDE[column.hideBelow],
  );
  if (column.rowHeader === true) {
    return (
      <th scope="row" className={className}>
        {column.cell(row)}
      </th>
    );
  }
  return <td className={className}>{column.cell(row)}</td>;
}

/** Stands for the rows out of view. Its one cell spans nothing: a span would bring back the columns that are hidden. */
function Gap({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tbody aria-hidden="true">
      <tr>
        <td style={{ height, padding: 0 }} />
      </tr>
    </tbody>
  );
}
