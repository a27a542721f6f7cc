'use client';

import clsx from 'clsx';
import { CheckIcon, ClockIcon, CrossIcon } from '@/app/_components/icons';
import { StateBadge } from '@/app/_components/state-badge';
import type { NotionPreview } from '@/lib/contracts/notion';
import { columnWords } from './column-words';

interface Props {
  rows: NotionPreview['rows'];
  columns: NotionPreview['columns'];
  refreshing: boolean;
}

/** The dry run: the first rows, what each column gives, and what is missing or of the wrong type. */
export function PreviewRows({ rows, columns, refreshing }: Props) {
  const shown = columns.filter(({ property }) => property !== null).map(({ column }) => column);
  return (
    <section
      aria-label="The first rows as they would come in"
      aria-busy={refreshing}
      className="mt-3 border-t border-line"
    >
      <h3 className="px-4 pt-3 font-semibold">
        The first rows as they would come in{' '}
        {refreshing ? <span className="text-xs font-normal text-ink-3">looking again…</span> : null}
      </h3>
      {rows.length === 0 ? (
        <p className="px-4 py-3 text-ink-2">The database has no rows yet.</p>
      ) : (
        <ul className={clsx('mt-1 max-h-96 overflow-y-auto', refreshing && 'opacity-60')}>
          {rows.map((row) => (
            <li key={row.url || row.title} className="border-t border-line px-4 py-2.5 first:border-t-0">
              <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <span className="font-semibold break-words">{row.title}</span>
                <RowState row={row} />
              </div>
              <p className="mt-0.5 text-xs break-words text-ink-3">
                {shown
                  .filter((column) => (row.cells[column] ?? '') !== '')
                  .map((column) => `${columnWords(column)} ${row.cells[column]}`)
                  .join(' · ')}
              </p>
              {row.issues.map(({ column, message }) => (
                <p key={`${column} ${message}`} className="mt-0.5 break-words text-red">
                  {column === null ? '' : `${column}: `}
                  {message}
                </p>
              ))}
              {[...row.notes, ...row.missing].map((note) => (
                <p key={note} className="mt-0.5 break-words text-ink-2">
                  {note}
                </p>
              ))}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function RowState({ row }: { row: NotionPreview['rows'][number] }) {
  if (row.issues.length > 0) {
    return (
      <StateBadge tone="red" icon={<CrossIcon />}>
        Would not come in
      </StateBadge>
    );
  }
  if (row.missing.length > 0) {
    return (
      <StateBadge tone="amber" icon={<ClockIcon />}>
        Would come in without a score
      </StateBadge>
    );
  }
  return (
    <StateBadge tone="green" icon={<CheckIcon />}>
      Would come in
    </StateBadge>
  );
}
