'use client';

import { lazy, Suspense, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { EmptyState } from '@/app/_components/empty-state';
import { TableSkeleton } from '@/app/_components/skeleton';
import { useFormat } from '@/app/_lib/use-format';
import { plural } from '@/app/_lib/words';
import type { NotionOverview } from '@/lib/contracts/notion';
import { columnWords } from './column-words';
import { PlacePicker } from './place-picker';

const MappingEditor = lazy(() => import('./mapping-editor'));

/** The database that accounts come from: picked, then looked at with its mapping before anything is read. */
export function AccountsCard({ overview }: { overview: NotionOverview }) {
  const format = useFormat();
  const { accounts } = overview;
  const [step, setStep] = useState<{ at: 'pick' } | { at: 'map'; dataSourceId: string } | null>(null);
  const columns = Object.entries(overview.mapping);
  return (
    <Card
      title="Accounts database"
      note={
        accounts === null ? undefined : `${format.number(columns.length)} ${plural(columns.length, 'column')} mapped`
      }
      actions={
        step !== null ? null : (
          <>
            {accounts === null ? null : (
              <Button size="sm" onClick={() => setStep({ at: 'map', dataSourceId: accounts.id })}>
                Change the mapping
              </Button>
            )}
            <Button
              size="sm"
              variant={accounts === null ? 'primary' : 'default'}
              onClick={() => setStep({ at: 'pick' })}
            >
              {accounts === null ? 'Choose' : 'Choose another'}
            </Button>
          </>
        )
      }
      flush
    >
      {step?.at === 'pick' ? (
        <PlacePicker
          kind="data_source"
          action="Look at it"
          pending={false}
          onPick={(dataSourceId) => setStep({ at: 'map', dataSourceId })}
          onCancel={() => setStep(null)}
        />
      ) : step?.at === 'map' ? (
        <Suspense fallback={<TableSkeleton label="Loading the mapping" />}>
          <MappingEditor
            key={step.dataSourceId}
            dataSourceId={step.dataSourceId}
            saved={accounts?.id === step.dataSourceId ? overview : null}
            onClose={() => setStep(null)}
          />
        </Suspense>
      ) : accounts === null ? (
        <EmptyState title="No database is chosen yet">
          Choose the one with your accounts. You see how the first rows would come in before anything is read.
        </EmptyState>
      ) : (
        <div className="border-t border-line px-4 py-3">
          <p>
            <PlaceLink place={accounts} />
          </p>
          <p className="mt-1 text-ink-2">
            {columns.map(([column, { name }], index) => (
              <span key={column}>
                {index === 0 ? '' : ' · '}
                {columnWords(column)} <span className="text-ink-3">from</span> {name}
              </span>
            ))}
          </p>
          <p className="mt-1 text-ink-2">
            {overview.writesHealth
              ? 'Score, RAG and the last scan are written to the page of each account.'
              : 'Scores are not written to the pages of accounts.'}
          </p>
        </div>
      )}
    </Card>
  );
}

/** Opens a page or database in Notion. */
export function PlaceLink({ place }: { place: { title: string; url: string } }) {
  return place.url === '' ? (
    <b className="font-semibold">{place.title}</b>
  ) : (
    <a
      href={place.url}
      target="_blank"
      rel="noreferrer"
      className="font-semibold break-words text-accent hover:underline"
    >
      {place.title}
    </a>
  );
}
