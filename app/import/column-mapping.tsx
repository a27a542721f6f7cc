'use client';

import clsx from 'clsx';
import { useState } from 'react';
import { Card } from '@/app/_components/card';
import { Select } from '@/app/_components/field';
import { plural } from '@/app/_lib/words';
import { normalise, OWN_COLUMNS, type TargetColumn } from './columns';
import type { ColumnMapping as Mapping } from './mapping';
import type { FilePreview } from './preview-file';

interface Props {
  columns: readonly TargetColumn[];
  preview: FilePreview;
  mapping: Mapping;
  disabled: boolean;
  onChange: (header: string, target: string | null) => void;
}

/** Which column of the file is which of ours. Folded away where every name was known. */
export function ColumnMapping({ columns, preview, mapping, disabled, onChange }: Props) {
  const headers = [...new Set(preview.headers)].filter((header) => !OWN_COLUMNS.includes(header));
  const used = headers.filter((header) => mapping[header] != null).length;
  const [open, setOpen] = useState(() => !headers.every((header) => isOwnName(header, mapping[header])));
  const left = headers.length - used;
  return (
    <Card
      title="Columns"
      note={`${used} of ${headers.length} ${plural(headers.length, 'column')} used${left === 0 ? '' : `, ${left} left out`}`}
      actions={
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="rounded-sm font-medium text-accent hover:underline"
        >
          {open ? 'Hide' : 'Check or change'}
        </button>
      }
      flush
    >
      {open ? (
        <ul className="pb-1">
          {headers.map((header) => (
            <MappingRow
              key={header}
              header={header}
              samples={samplesOf(preview, header)}
              twice={preview.headers.filter((name) => name === header).length > 1}
              columns={columns}
              target={mapping[header] ?? null}
              disabled={disabled}
              onChange={(target) => onChange(header, target)}
            />
          ))}
        </ul>
      ) : (
        <p className="px-4 pb-4 text-ink-2">Every column carries a name that Headroom knows.</p>
      )}
    </Card>
  );
}

interface RowProps {
  header: string;
  samples: string;
  twice: boolean;
  columns: readonly TargetColumn[];
  target: string | null;
  disabled: boolean;
  onChange: (target: string | null) => void;
}

function MappingRow({ header, samples, twice, columns, target, disabled, onChange }: RowProps) {
  const chosen = columns.find((column) => column.name === target);
  const name = header === '' ? '(no name)' : header;
  return (
    <li className="grid items-center gap-x-4 gap-y-1 border-t border-line px-4 py-1.5 sm:grid-cols-[minmax(0,1fr)_200px_minmax(0,1fr)]">
      <div className="min-w-0">
        <span className={clsx('block truncate font-medium', target === null && 'text-ink-2')}>{name}</span>
        <span className="block truncate text-xs text-ink-3">
          {samples === '' ? 'empty in the first rows' : samples}
        </span>
      </div>
      {twice ? (
        <span className="text-xs text-amber sm:col-span-2">
          Is there twice in the file: rename one of the two to use it.
        </span>
      ) : (
        <>
          <Select
            aria-label={`«${name}» is`}
            disabled={disabled}
            value={target ?? ''}
            onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
            className={target === null ? 'text-ink-2' : 'font-medium'}
          >
            <option value="">Leave out</option>
            {columns.map((column) => (
              <option key={column.name} value={column.name}>
                {column.name}
                {column.required ? ' (needed)' : ''}
              </option>
            ))}
          </Select>
          <span className="min-w-0 text-xs text-ink-3">{chosen?.hint}</span>
        </>
      )}
    </li>
  );
}

function samplesOf(preview: FilePreview, header: string): string {
  const index = preview.headers.indexOf(header);
  const values = preview.rows.map((row) => row[index]?.trim() ?? '').filter((value) => value !== '');
  return [...new Set(values)].slice(0, 3).join(', ');
}

function isOwnName(header: string, target: string | null | undefined): boolean {
  return target != null && normalise(header) === normalise(target);
}
