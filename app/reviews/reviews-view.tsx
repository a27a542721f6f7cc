'use client';

import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { useState } from 'react';
import { Button, ButtonLink } from '@/app/_components/button';
import { DataTable } from '@/app/_components/data-table';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { ChoiceMenu, FilterMenu } from '@/app/_components/filter-menu';
import { Page } from '@/app/_components/page';
import { ragLabel } from '@/app/_components/rag-badge';
import { SearchInput } from '@/app/_components/search-input';
import { TableSkeleton } from '@/app/_components/skeleton';
import { reviewSummaryQuery } from '@/app/_lib/reviews';
import { Allowed } from '@/app/_lib/viewer';
import { isFiltered, KINDS, PUBLICATIONS, RAG_FILTER, type ReviewFilters, reviewFilters } from './filters';
import { MakeQuarter, QuarterRun } from './make-quarter';
import { PUBLICATION_WORDS } from './publication';
import { reviewListQuery } from './queries';
import { reviewColumns } from './review-columns';
import { UnsettledDrafts } from './unsettled-drafts';

const KIND_WORDS: Record<(typeof KINDS)[number], string> = {
  all: 'All reviews',
  quarter: 'Quarterly',
  renewal: 'Before renewals',
};

const CLEARED = { q: null, kind: null, period: null, rag: null, publication: null };

/** Business reviews: the current version of each, newest first. */
export function ReviewsView() {
  const [filters, setFilters] = useQueryStates(reviewFilters, { history: 'replace' });
  const list = useInfiniteQuery({ ...reviewListQuery(filters), placeholderData: keepPreviousData });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const published = useQuery(reviewSummaryQuery()).data?.publisher != null;
  const [startedId, setStartedId] = useState<string | null>(null);
  const clear = () => void setFilters(CLEARED);
  return (
    <Page
      title="Reviews"
      actions={
        <>
          <SearchInput label="Search accounts" value={filters.q} onChange={(q) => void setFilters({ q: q || null })} />
          <Allowed to="portfolio.write">
            <MakeQuarter onStarted={setStartedId} />
          </Allowed>
        </>
      }
    >
      <Allowed to="operations.read">
        <QuarterRun startedId={startedId} />
      </Allowed>
      <UnsettledDrafts />
      <FilterBar filters={filters} onChange={(change) => void setFilters(change)} onClear={clear} />
      {list.isPending ? (
        <TableSkeleton label="Loading reviews" />
      ) : list.isError && rows.length === 0 ? (
        <ErrorState
          title="The reviews could not be loaded"
          error={list.error}
          onRetry={() => void list.refetch()}
          retrying={list.isFetching}
        />
      ) : rows.length > 0 ? (
        <DataTable
          label="Reviews"
          rows={rows}
          rowKey={(review) => review.id}
          columns={reviewColumns(published)}
          hasMore={list.hasNextPage}
          loadingMore={list.isFetchingNextPage}
          onLoadMore={() => void list.fetchNextPage()}
        />
      ) : isFiltered(filters) ? (
        <EmptyState title="No review matches" actions={<Button onClick={clear}>Clear search and filters</Button>}>
          Only the current version of each review is listed; earlier ones are on its page.
        </EmptyState>
      ) : (
        <EmptyState title="No reviews yet" actions={<ButtonLink href="/accounts">Go to accounts</ButtonLink>}>
          One is made for every active account after each quarter, and 90 days before a contract ends. Generate them
          now, or one from the page of an account.
        </EmptyState>
      )}
    </Page>
  );
}

interface BarProps {
  filters: ReviewFilters;
  onChange: (change: { [Key in keyof ReviewFilters]?: ReviewFilters[Key] | null }) => void;
  onClear: () => void;
}

function FilterBar({ filters, onChange, onClear }: BarProps) {
  const summary = useQuery(reviewSummaryQuery());
  const quarters = summary.data?.quarters ?? [];
  return (
    <div className="flex flex-none flex-wrap items-center gap-1.5 px-5 pb-2 max-sm:px-4">
      <ChoiceMenu
        label="Kind"
        emptyLabel="Kind"
        options={KINDS.map((kind) => ({ value: kind, label: KIND_WORDS[kind] }))}
        value={filters.kind}
        onChange={(kind) => onChange({ kind: kind === 'all' ? null : kind })}
      />
      <ChoiceMenu
        label="Quarter"
        emptyLabel="Quarter"
        options={[{ value: '', label: 'Any quarter' }, ...quarters.map(({ id, label }) => ({ value: id, label }))]}
        value={filters.period}
        onChange={(period) => onChange({ period: period || null })}
      />
      <FilterMenu
        label="Health"
        options={RAG_FILTER.map((rag) => ({ value: rag, label: ragLabel(rag) }))}
        selected={filters.rag}
        onChange={(rag) => onChange({ rag: rag.length === 0 ? null : rag })}
      />
      {summary.data?.publisher == null && filters.publication.length === 0 ? null : (
        <FilterMenu
          label="State"
          options={PUBLICATIONS.map((state) => ({ value: state, label: PUBLICATION_WORDS[state] }))}
          selected={filters.publication}
          onChange={(publication) => onChange({ publication: publication.length === 0 ? null : publication })}
        />
      )}
      {isFiltered(filters) ? (
        <Button variant="quiet" size="sm" onClick={onClear}>
          Clear
        </Button>
      ) : null}
    </div>
  );
}
