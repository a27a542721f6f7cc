'use client';

import { ButtonLink } from '@/app/_components/button';
import { WarningIcon } from '@/app/_components/icons';
import { inWords } from '@/app/_lib/runs';
import { Allowed } from '@/app/_lib/viewer';
import type { AccountDetail } from '@/lib/contracts';

/** Says plainly why there is no (new) score, and what to do about it. */
export function Unscored({ account }: { account: AccountDetail }) {
  const waits = account.signalProblems.length === 0;
  const labels = new Map(account.signals.map((signal) => [signal.signal, signal.label]));
  return (
    <section className="rounded-xl border border-line bg-amber-soft px-4 py-3.5">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <WarningIcon className="mt-0.5 flex-none text-amber" />
        <div className="min-w-0 flex-1 basis-64">
          <h2 className="font-semibold">
            {waits
              ? 'Not scanned yet'
              : account.health === null
                ? 'This account cannot be scored'
                : 'The last scan could not score this account'}
          </h2>
          {waits ? (
            <p className="mt-1">The next scan scores it. Press «Scan now» to have it at once.</p>
          ) : (
            <>
              <ul className="mt-1 grid gap-0.5">
                {account.signalProblems.map((problem) => (
                  <li key={`${problem.signal}${problem.message}`}>
                    <span className="font-semibold">{labels.get(problem.signal) ?? inWords(problem.signal)}:</span>{' '}
                    {withoutName(problem)}
                  </li>
                ))}
              </ul>
              <p className="mt-1.5">
                Mend {account.signalProblems.length === 1 ? 'it' : 'them'} in{' '}
                {account.source === 'csv' ? 'the file' : account.source} and import the account again; the scan that
                follows scores it.
                {account.health === null ? '' : ' Until then the score below stays as it was.'}
              </p>
            </>
          )}
        </div>
        {waits ? null : (
          <Allowed to="portfolio.write">
            <ButtonLink href="/import" size="sm">
              Import
            </ButtonLink>
          </Allowed>
        )}
      </div>
    </section>
  );
}

/** The message opens with the signal's own name, which stands before it already. */
function withoutName({ signal, message }: AccountDetail['signalProblems'][number]): string {
  return message.startsWith(`${signal} `) ? message.slice(signal.length + 1) : message;
}
