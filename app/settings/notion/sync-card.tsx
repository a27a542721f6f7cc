'use client';

import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { ProgressBar } from '@/app/_components/progress-bar';
import { runDetailQuery } from '@/app/_lib/runs';
import { useFormat } from '@/app/_lib/use-format';
import { plural } from '@/app/_lib/words';
import type { NotionOverview } from '@/lib/contracts/notion';
import { ago } from '../ago';
import { succeeded } from '../failure';
import { useMendNotion, usePullNotion } from './queries';

/** How reading and writing go, and what is to be done where they do not. */
export function SyncCard({ overview }: { overview: NotionOverview }) {
  const pull = usePullNotion();
  const mend = useMendNotion();
  const running = pull.isPending || overview.pull.runId !== null;
  return (
    <Card
      title="How it goes"
      note="Read every 15 minutes unless set otherwise; written as soon as a scan is over"
      flush
    >
      <Direction
        name="From Notion"
        problem={overview.pull.problem}
        action={
          <Button
            size="sm"
            pending={running}
            onClick={() => void succeeded(pull.mutateAsync(), 'The pull could not be started')}
          >
            Pull now
          </Button>
        }
      >
        <PullState overview={overview} />
      </Direction>
      <Direction
        name="To Notion"
        problem={overview.push.problem}
        action={
          overview.push.problem !== null || overview.push.failed > 0 ? (
            <Button
              size="sm"
              pending={mend.isPending}
              onClick={() => void succeeded(mend.mutateAsync(), 'The properties could not be mended')}
            >
              {overview.push.problem?.code === 'notion_rejected' ? 'Mend properties' : 'Try again'}
            </Button>
          ) : null
        }
      >
        <PushState push={overview.push} />
      </Direction>
    </Card>
  );
}

interface DirectionProps {
  name: string;
  problem: NotionOverview['pull']['problem'];
  action: ReactNode;
  children: ReactNode;
}

function Direction({ name, problem, action, children }: DirectionProps) {
  const format = useFormat();
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-2 border-t border-line px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <p className="font-semibold">{name}</p>
        <div className="text-ink-2">{children}</div>
        {problem === null ? null : (
          <p role="alert" className="mt-2 rounded-lg bg-red-soft px-3 py-2 break-words text-red">
            {problem.message} {problem.remedy}{' '}
            <span className="whitespace-nowrap opacity-80">Since {format.dateTime(problem.since)}.</span>
          </p>
        )}
      </div>
      {action}
    </div>
  );
}

function PullState({ overview }: { overview: NotionOverview }) {
  const format = useFormat();
  const { runId, lastAt, pages } = overview.pull;
  const run = useQuery({ ...runDetailQuery(runId ?? ''), enabled: runId !== null });
  if (runId !== null) {
    const done = run.data?.done ?? 0;
    return (
      <div className="flex max-w-sm flex-col gap-1">
        <span>{done === 0 ? 'Reading…' : `${format.number(done)} pages read`}</span>
        <ProgressBar label="Reading from Notion" share={null} />
      </div>
    );
  }
  const others = [
    pages.refused > 0 ? `${format.number(pages.refused)} could not be read` : null,
    pages.conflict > 0 ? `${format.number(pages.conflict)} belong to files` : null,
    pages.gone > 0 ? `${format.number(pages.gone)} in the trash` : null,
  ].filter((part) => part !== null);
  return (
    <>
      {lastAt === null ? 'Never read yet.' : `Last read ${ago(format, lastAt)}.`}{' '}
      {`${format.number(pages.linked)} ${plural(pages.linked, 'account')}`}
      {others.length === 0 ? '.' : `; ${others.join(', ')}.`}
    </>
  );
}

function PushState({ push }: { push: NotionOverview['push'] }) {
  const format = useFormat();
  const [most, setMost] = useState(push.waiting);
  useEffect(() => setMost((before) => (push.waiting === 0 ? 0 : Math.max(before, push.waiting))), [push.waiting]);
  const failed =
    push.failed === 0 ? '' : ` ${format.number(push.failed)} could not be written: see what needs attention below.`;
  if (push.waiting > 0) {
    return (
      <div className="flex max-w-sm flex-col gap-1">
        <span>
          {format.number(push.waiting)} {plural(push.waiting, 'change')} {push.waiting === 1 ? 'waits' : 'wait'} to be
          written
          {push.oldestAt === null ? '' : `, the oldest noticed ${ago(format, push.oldestAt)}`}.{failed}
        </span>
        {push.problem === null ? (
          <ProgressBar label="Writing to Notion" share={most > 0 ? 1 - push.waiting / most : null} />
        ) : null}
      </div>
    );
  }
  return (
    <>
      {push.lastAt === null ? 'Nothing was written yet.' : `Everything is written, last ${ago(format, push.lastAt)}.`}
      {failed}
    </>
  );
}
