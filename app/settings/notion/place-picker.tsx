'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/app/_components/button';
import { ErrorState } from '@/app/_components/error-state';
import { SearchInput } from '@/app/_components/search-input';
import { TableSkeleton } from '@/app/_components/skeleton';
import { notionPlacesQuery } from './queries';

interface Props {
  kind: 'data_source' | 'page';
  /** On each button. */
  action: string;
  pending: boolean;
  onPick: (id: string) => void;
  onCancel: () => void;
}

/** The databases or pages that the integration sees, the most recently edited first. */
export function PlacePicker({ kind, action, pending, onPick, onCancel }: Props) {
  const [text, setText] = useState('');
  const places = useQuery(notionPlacesQuery(kind, text.trim()));
  const what = kind === 'page' ? 'pages' : 'databases';
  return (
    <div className="flex flex-col gap-2 border-t border-line px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput label={`Search ${what}`} value={text} onChange={setText} />
        <Button size="sm" variant="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
      {places.data !== undefined ? (
        places.data.items.length === 0 ? (
          <p className="py-2 text-ink-2">
            The integration sees no such {kind === 'page' ? 'page' : 'database'}. In Notion, open it and add the
            integration under ··· → Connections; new ones may take a moment to be found.
          </p>
        ) : (
          <ul className="max-h-72 overflow-y-auto">
            {places.data.items.map((place) => (
              <li key={place.id} className="flex items-center gap-3 border-t border-line py-1.5 first:border-t-0">
                <span className="min-w-0 flex-1 truncate" title={place.title}>
                  {place.title}
                </span>
                <Button
                  size="sm"
                  pending={pending}
                  onClick={() => onPick(place.id)}
                  aria-label={`${action}: ${place.title}`}
                >
                  {action}
                </Button>
              </li>
            ))}
          </ul>
        )
      ) : places.isError ? (
        <ErrorState
          title={`Notion did not say which ${what} there are`}
          error={places.error}
          onRetry={() => void places.refetch()}
          retrying={places.isFetching}
        />
      ) : (
        <TableSkeleton label={`Looking for ${what}`} />
      )}
    </div>
  );
}
