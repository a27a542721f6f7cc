'use client';

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Button } from '@/app/_components/button';
import { type Column, DataTable, RowLink } from '@/app/_components/data-table';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { RunProgress } from '@/app/_components/run-progress';
import { TableSkeleton } from '@/app/_components/skeleton';
import { RunStateBadge } from '@/app/_components/state-badge';
import { countsInWords, inWords, isUnderWay } from '@/app/_lib/runs';
import { useFormat } from '@/app/_lib/use-format';
import type { AgentsResponse, RunItem } from '@/lib/contracts';
import { runListQuery } from './queries';
import { durationInWords, triggerInWords } from './run-words';
import { type AgentsState, type AgentsStateChange, isRunFiltered, toRunFilters } from './view-state';

interface Props {
  state: AgentsState;
  jobs: AgentsResponse['schedule']['jobs'];
  onChange: (change: AgentsStateChange) => void;
}

/** Every run there was, newest first. */
export function RunsTable({ state, jobs, onChange }: Props) {
  const filters = toRunFilters(state);
  const list = useInfiniteQuery({ ...runListQuery(filters), placeholderData: keepPreviousData });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const names = new Map(jobs.map((job) => [job.job, job.name]));
  const filtered = isRunFiltered(state);
  const clear = () => onChange({ job: null, state: null });

  return (
    <>
      {list.isPending ? (
        <TableSkeleton label="Loading runs" />
      ) : list.isError && rows.length === 0 ? (
        <ErrorState
          title="The runs could not be loaded"
          error={list.error}
          onRetry={() => void list.refetch()}
          retrying={list.isFetching}
        />
      ) : rows.length > 0 ? (
        <DataTable
          label="Runs"
          rows={rows}
          rowKey={(run) => run.id}
          columns={columns(names, (run) => onChange({ run: run.id }))}
          activeKey={state.run}
          onMove={(run) => (state.run === null ? undefined : onChange({ run: run.id }))}
          hasMore={list.hasNextPage}
          loadingMore={list.isFetchingNextPage}
          onLoadMore={() => void list.fetchNextPage()}
        />
      ) : filtered ? (
        <EmptyState title="No run matches" actions={<Button onClick={clear}>Clear filters</Button>}>
          There are runs, but none of this job and state.
        </EmptyState>
      ) : (
        <EmptyState
          title="Nothing has run yet"
          actions={<Button onClick={() => onChange({ tab: 'overview' })}>See the schedule</Button>}
        >
          The schedule starts the first run by itself; «Run now» does it at once.
        </EmptyState>
      )}
    </>
  );
}

function columns(names: ReadonlyMap<string, string>, onOpen: (run: RunItem) => void): Column<RunItem>[] {
  return [
    {
      id: 'job',
      header: 'Job',
      rowHeader: true,
      cell: (run) => (
        <>
          <div className="truncate">
            <RowLink href={`/agents?tab=runs&run=${encodeURIComponent(run.id)}`} onOpen={() => onOpen(run)}>
              {names.get(run.job) ?? inWords(run.job)}
            </RowLink>
          </div>
          <div className="truncate text-xs text-ink-3">
            {triggerInWords(run.trigger)}
            {run.accountId === null ? '' : ` · one account`}
          </div>
        </>
      ),
    },
    { id: 'state', header: 'State', width: '128px', cell: (run) => <RunStateBadge state={run.state} /> },
    { id: 'outcome', header: 'Outcome', hideBelow: 'sm', cell: (run) => <Outcome run={run} /> },
    {
      id: 'errors',
      header: 'Errors',
      align: 'right',
      width: '76px',
      hideBelow: 'md',
      cell: (run) => <ErrorCount run={run} />,
    },
    { id: 'took', header: 'Took', align: 'right', width: '92px', hideBelow: 'md', cell: (run) => <Took run={run} /> },
    { id: 'started', header: 'Started', align: 'right', width: '128px', cell: (run) => <Started run={run} /> },
  ];
}

function Outcome({ run }: { run: RunItem }) {
  const format = useFormat();
  if (isUnderWay(run)) return <RunProgress run={run} label="Progress" />;
  if (run.error !== null) return <span className="text-red">{run.error}</span>;
  const counts = countsInWords(run, format.number);
  return <span className="text-ink-2">{counts === '' ? 'Nothing to do' : counts}</span>;
}

function ErrorCount({ run }: { run: RunItem }) {
  const format = useFormat();
  return run.errorCount === 0 ? (
    <span className="text-ink-3">–</span>
  ) : (
    <span className="font-medium text-amber">{format.number(run.errorCount)}</span>
  );
}

function Took({ run }: { run: RunItem }) {
  return <span className="text-ink-2">{isUnderWay(run) ? '–' : (durationInWords(run, 0) ?? '–')}</span>;
}

function Started({ run }: { run: RunItem }) {
  const format = useFormat();
  const at = run.startedAt ?? run.createdAt;
  return (
    <>
      <div>{format.relative(at)}</div>
      <div className="text-xs text-ink-3">{format.dateTime(at)}</div>
    </>
  );
}
