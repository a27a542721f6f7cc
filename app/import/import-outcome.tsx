'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useEffect, useRef } from 'react';
import { Button, ButtonLink, buttonClass } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { CheckIcon, WarningIcon } from '@/app/_components/icons';
import { RunProgress } from '@/app/_components/run-progress';
import { StatTile, StatTiles } from '@/app/_components/stat-tile';
import { countsInWords, isUnderWay, runDetailQuery } from '@/app/_lib/runs';
import { useFormat } from '@/app/_lib/use-format';
import { plural } from '@/app/_lib/words';
import type { ImportResult } from '@/lib/contracts';

/** More of them say nothing new; the file of rejected rows has them all. */
const ERRORS_SHOWN = 100;

interface Props {
  fileName: string;
  result: ImportResult;
  onAgain: () => void;
}

/** What came of an import: counts, the scan that follows, and every refused row with what to mend. */
export function ImportOutcome({ fileName, result, onAgain }: Props) {
  const format = useFormat();
  const heading = useRef<HTMLHeadingElement>(null);
  // The form is gone: the focus goes on with what took its place.
  useEffect(() => heading.current?.focus(), []);
  const taken = result.created + result.updated + result.unchanged;
  const good = result.errorCount === 0;
  return (
    <>
      <div className="flex items-start gap-2.5">
        {good ? <CheckIcon className="mt-1 text-green" /> : <WarningIcon className="mt-1 text-amber" />}
        <div>
          <h2 ref={heading} tabIndex={-1} className="text-base font-semibold outline-none">
            {good
              ? `${fileName} is imported`
              : `${format.number(taken)} ${plural(taken, 'row')} imported, ${format.number(result.rejectedRows)} refused`}
          </h2>
          <p className="text-ink-2">
            {good
              ? result.created + result.updated === 0
                ? 'Everything in it was known already; nothing changed.'
                : 'Every row went in.'
              : 'The refused rows are below with what to mend. The others are in.'}
          </p>
        </div>
      </div>
      <div className="-mx-5 max-sm:-mx-4">
        <StatTiles label="Rows of the file">
          <StatTile label="New" value={format.number(result.created)} />
          <StatTile label="Updated" value={format.number(result.updated)} />
          <StatTile label="Unchanged" value={format.number(result.unchanged)} />
          <StatTile
            label="Refused"
            value={
              <span className={result.rejectedRows > 0 ? 'text-amber' : undefined}>
                {format.number(result.rejectedRows)}
              </span>
            }
          />
        </StatTiles>
      </div>
      {result.runId === null ? null : <ScanAfter runId={result.runId} />}
      <div className="flex flex-wrap gap-2">
        <ButtonLink href="/accounts" variant="primary">
          See accounts
        </ButtonLink>
        <ButtonLink href="/opportunities">See opportunities</ButtonLink>
        <Button onClick={onAgain}>Import another file</Button>
      </div>
      {good ? null : <RefusedRows result={result} />}
    </>
  );
}

function ScanAfter({ runId }: { runId: string }) {
  const format = useFormat();
  const run = useQuery(runDetailQuery(runId)).data;
  const href = `/agents?tab=runs&run=${encodeURIComponent(runId)}`;
  return (
    <Card
      title={
        run === undefined || isUnderWay(run)
          ? 'Scoring what came in'
          : run.state === 'succeeded'
            ? 'Scored'
            : 'The scan did not finish'
      }
      actions={
        <Link href={href} prefetch={false} className="rounded-sm font-medium text-accent hover:underline">
          Details of the run
        </Link>
      }
    >
      {run === undefined || isUnderWay(run) ? (
        <RunProgress run={run ?? { done: 0, total: 0, state: 'queued' }} label="Progress of the scan" />
      ) : (
        <p className="text-ink-2">
          {run.state === 'succeeded'
            ? scanInWords(countsInWords(run, format.number), run.errorCount)
            : (run.error ?? 'It was cancelled. «Run now» on the Agents page starts it again.')}
        </p>
      )}
    </Card>
  );
}

function scanInWords(counts: string, errorCount: number): string {
  const counted = counts === '' ? 'Nothing changed.' : `${counts}.`;
  return errorCount === 0 ? counted : `${counted} The details say what is missing.`;
}

function RefusedRows({ result }: { result: ImportResult }) {
  const format = useFormat();
  const shown = result.errors.slice(0, ERRORS_SHOWN);
  return (
    <Card
      title="Refused rows"
      note={`${format.number(result.errorCount)} ${plural(result.errorCount, 'problem')}`}
      actions={
        result.rejectedCsv === null ? null : (
          <a href={result.rejectedCsv} download className={buttonClass({ size: 'sm' })}>
            Download refused rows
          </a>
        )
      }
      flush
    >
      <table className="w-full border-collapse">
        <thead>
          <tr className="text-left text-xs text-ink-3 [&>th]:px-2.5 [&>th]:pb-1.5 [&>th]:font-medium">
            <th scope="col" className="w-16 pl-4! text-right">
              Line
            </th>
            <th scope="col">Column and value</th>
            <th scope="col" className="pr-4! max-sm:hidden">
              What to mend
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((error) => (
            <tr
              key={`${error.line} ${error.column} ${error.message}`}
              className="border-t border-line align-top [&>td]:px-2.5 [&>td]:py-2"
            >
              <td className="pl-4! text-right text-ink-2">{error.line}</td>
              <td className="max-w-56 break-words">
                <span className="font-medium">{error.column ?? 'Whole row'}</span>
                {error.value === null || error.value === '' ? null : (
                  <span className="block text-ink-2">«{error.value}»</span>
                )}
                <span className="block sm:hidden">{error.message}</span>
              </td>
              <td className="pr-4! max-sm:hidden">{error.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {result.errorCount > shown.length ? (
        <p className="border-t border-line px-4 py-2.5 text-ink-2">
          The first {shown.length} of {format.number(result.errorCount)}. The file of refused rows has them all.
        </p>
      ) : null}
    </Card>
  );
}
