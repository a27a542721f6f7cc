'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Refusal } from '@/app/_components/door';
import { ErrorState } from '@/app/_components/error-state';
import { Select } from '@/app/_components/field';
import { TableSkeleton } from '@/app/_components/skeleton';
import { notify } from '@/app/_lib/notify';
import type { NotionOverview, NotionPreview } from '@/lib/contracts/notion';
import { failureInWords } from '../failure';
import { FieldMessage } from '../field-message';
import { columnWords, typeWords, WITHOUT } from './column-words';
import { PreviewRows } from './preview-rows';
import { notionPreviewQuery, useChooseAccounts } from './queries';

interface Props {
  dataSourceId: string;
  /** What is saved for this database; null where it is looked at for the first time. */
  saved: NotionOverview | null;
  onClose: () => void;
}

type Mapping = Record<string, string>;

/** Which property gives which column, with the first rows as they would come in: every change shows what it does. */
export default function MappingEditor({ dataSourceId, saved, onClose }: Props) {
  const [draft, setDraft] = useState<Mapping | null>(saved === null ? null : idsOf(saved.mapping));
  const [writeHealth, setWriteHealth] = useState(saved?.writesHealth ?? true);
  const preview = useQuery({
    ...notionPreviewQuery({ dataSourceId, ...(draft === null ? {} : { mapping: draft }) }),
    placeholderData: keepPreviousData,
  });
  const choose = useChooseAccounts();
  const box = useId();

  if (preview.data === undefined) {
    return preview.isError ? (
      <ErrorState
        title="The database could not be looked at"
        error={preview.error}
        onRetry={() => void preview.refetch()}
        retrying={preview.isFetching}
      />
    ) : (
      <TableSkeleton label="Looking at the database" />
    );
  }
  const { database, columns, problems, rows } = preview.data;
  const mapping =
    draft ??
    idsOf(Object.fromEntries(columns.flatMap(({ column, property }) => (property ? [[column, property]] : []))));
  const change = (column: string, property: string) => {
    const { [column]: _, ...rest } = mapping;
    setDraft(property === '' ? rest : { ...rest, [column]: property });
  };
  const save = async () => {
    try {
      await choose.mutateAsync({ dataSourceId, mapping, writeHealth });
      notify.success(`Accounts come from ${database.title}`, { description: 'Pull now, or wait for the next one.' });
      onClose();
    } catch {
      // Shown below.
    }
  };

  return (
    <div className="border-t border-line">
      <p className="px-4 pt-3 text-ink-2">
        Proposed from the names and types of <b className="font-medium text-ink">{database.title}</b>. Correct what is
        not right: the rows below show what comes in.
      </p>
      <ul aria-label="Mapping" className="mt-2 grid gap-x-6 px-4 sm:grid-cols-2">
        {columns.map((column) => (
          <ColumnRow
            key={column.column}
            column={column}
            properties={preview.data.properties}
            value={mapping[column.column] ?? ''}
            problem={problems.find((problem) => problem.column === column.column)?.message}
            onChange={(property) => change(column.column, property)}
          />
        ))}
      </ul>
      <PreviewRows rows={rows} columns={columns} refreshing={preview.isFetching} />
      <div className="flex flex-col gap-3 border-t border-line px-4 py-3">
        <div className="flex items-start gap-2">
          <input
            id={box}
            type="checkbox"
            checked={writeHealth}
            onChange={(event) => setWriteHealth(event.target.checked)}
            className="mt-0.5 size-4 accent-accent"
          />
          <label htmlFor={box}>
            Write scores back
            <span className="block text-xs text-ink-3">
              Adds CSM Health Score, CSM Health RAG and CSM Last Scan to the database where they are missing.
            </span>
          </label>
        </div>
        {preview.isError ? <Refusal>{failureInWords(preview.error)}</Refusal> : null}
        {choose.isError ? <Refusal>{failureInWords(choose.error)}</Refusal> : null}
        <div className="flex flex-wrap gap-2">
          <Button
            variant="primary"
            pending={choose.isPending}
            disabled={problems.length > 0}
            onClick={() => void save()}
          >
            Save
          </Button>
          <Button variant="quiet" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </div>
    </div>
  );
}

interface ColumnRowProps {
  column: NotionPreview['columns'][number];
  properties: NotionPreview['properties'];
  value: string;
  problem: string | undefined;
  onChange: (property: string) => void;
}

function ColumnRow({ column, properties, value, problem, onChange }: ColumnRowProps) {
  const id = useId();
  const hint = problem === undefined ? (value === '' ? column.mismatch : null) : problem;
  const fitting = properties.filter(({ id: property, type }) => column.types.includes(type) || property === value);
  return (
    <li className="flex flex-col gap-0.5 py-1.5">
      <div className="flex items-center gap-3">
        <label htmlFor={id} className="min-w-0 flex-1">
          {columnWords(column.column)}
        </label>
        <Select
          id={id}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          aria-describedby={hint === null ? undefined : `${id}-hint`}
          aria-invalid={problem === undefined ? undefined : true}
          className="w-48! flex-none"
        >
          <option value="">{WITHOUT[column.column] ?? 'Not mapped'}</option>
          {fitting.map((property) => (
            <option key={property.id} value={property.id}>
              {property.name} ({typeWords(property.type)})
            </option>
          ))}
        </Select>
      </div>
      {hint === null ? null : (
        <span id={`${id}-hint`} className="text-xs text-ink-3">
          {problem === undefined ? hint : <FieldMessage>{`${columnWords(column.column)} ${problem}`}</FieldMessage>}
        </span>
      )}
    </li>
  );
}

function idsOf(mapping: Readonly<Record<string, { id: string }>>): Mapping {
  return Object.fromEntries(Object.entries(mapping).map(([column, { id }]) => [column, id]));
}
