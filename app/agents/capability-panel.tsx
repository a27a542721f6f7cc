'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { Button } from '@/app/_components/button';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { SidePanel } from '@/app/_components/side-panel';
import { TableSkeleton } from '@/app/_components/skeleton';
import { RunStateBadge } from '@/app/_components/state-badge';
import { inWords } from '@/app/_lib/runs';
import { useFormat } from '@/app/_lib/use-format';
import type { AgentTaskItem } from '@/lib/contracts/agent-activity';
import { agentTasksQuery, splitCapability } from './queries';
import { spanInWords } from './run-words';

interface Props {
  capability: string;
  onOpenRun: (id: string) => void;
  onClose: () => void;
}

/** Every task of one capability, newest first: for whom, how it went, and where to read on. */
export function CapabilityPanel({ capability, onOpenRun, onClose }: Props) {
  const tasks = useInfiniteQuery(agentTasksQuery(capability));
  const items = tasks.data?.pages.flatMap((page) => page.items) ?? [];
  const name = inWords(splitCapability(capability).type);
  return (
    <SidePanel label={`Tasks: ${name}`} onClose={onClose} contentKey={capability}>
      <h2 className="pr-9 text-base font-bold tracking-[-0.015em]">{name}</h2>
      <p className="text-xs text-ink-3">Its tasks, newest first</p>
      {items.length > 0 ? (
        <>
          <ul className="mt-3">
            {items.map((task) => (
              <TaskRow key={task.id} task={task} onOpenRun={onOpenRun} />
            ))}
          </ul>
          {tasks.hasNextPage ? (
            <div className="mt-3 text-center">
              <Button size="sm" onClick={() => void tasks.fetchNextPage()} pending={tasks.isFetchingNextPage}>
                Show older ones
              </Button>
            </div>
          ) : null}
        </>
      ) : tasks.isError ? (
        <ErrorState
          title="The tasks could not be loaded"
          error={tasks.error}
          onRetry={() => void tasks.refetch()}
          retrying={tasks.isFetching}
        />
      ) : tasks.isPending ? (
        <TableSkeleton label="Loading the tasks" />
      ) : (
        <EmptyState title="Nothing yet">
          A task appears here when the schedule, a person or the API asks for it.
        </EmptyState>
      )}
    </SidePanel>
  );
}

const QUIET_LINK =
  'rounded-sm underline decoration-line-strong underline-offset-2 hover:text-ink hover:decoration-current';

function TaskRow({ task, onOpenRun }: { task: AgentTaskItem; onOpenRun: (id: string) => void }) {
  const format = useFormat();
  const { account, runId, dispatchId } = task;
  const took = spanInWords(task.startedAt, task.finishedAt);
  return (
    <li className="border-b border-line py-2.5 last:border-b-0">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1 font-medium break-words">
          {account === null ? (
            'All accounts'
          ) : account.name === null ? (
            <span title="This account is no longer there">{account.id}</span>
          ) : (
            <Link
              href={`/accounts/${encodeURIComponent(account.id)}`}
              prefetch={false}
              className="rounded-sm hover:underline"
            >
              {account.name}
            </Link>
          )}
        </div>
        <RunStateBadge state={task.state} />
      </div>
      <p className="mt-0.5 text-xs text-ink-3">
        {format.dateTime(task.startedAt)}
        {took === null ? '' : ` · ${took}`} · {task.actor}
        {runId === null ? null : (
          <>
            {' · '}
            <button type="button" onClick={() => onOpenRun(runId)} className={QUIET_LINK}>
              its run
            </button>
          </>
        )}
        {dispatchId === null ? null : (
          <>
            {' · '}
            <Link href={`/dispatches?id=${encodeURIComponent(dispatchId)}`} prefetch={false} className={QUIET_LINK}>
              its dispatch
            </Link>
          </>
        )}
      </p>
      {task.error === null ? null : (
        <p className={task.state === 'failed' ? 'mt-0.5 text-red' : 'mt-0.5 text-ink-2'}>{task.error}</p>
      )}
    </li>
  );
}
