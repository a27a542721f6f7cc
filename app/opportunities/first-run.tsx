'use client';

import type { RunItem } from '@/lib/contracts';
import { Button, ButtonLink } from '../_components/button';
import { LogoIcon } from '../_components/icons';
import { Page } from '../_components/page';
import { ProgressBar } from '../_components/progress-bar';
import { notify } from '../_lib/notify';
import { useLoadSample } from '../_lib/sample';
import { useFormat } from '../_lib/use-format';
import { Allowed } from '../_lib/viewer';

/** The first screen of a new installation: bring in accounts, or look around with invented ones. */
export function FirstRun({ activeRun }: { activeRun: RunItem | null }) {
  const format = useFormat();
  const sample = useLoadSample();
  const busy = sample.isPending || activeRun !== null;
  const load = () =>
    sample.mutate(undefined, {
      onSuccess: () => notify.success('The sample portfolio is in', { description: 'The first scan has started.' }),
      onError: (error) => notify.failure('The sample portfolio could not be loaded', error),
    });
  return (
    <Page title="Opportunities">
      <div className="mx-auto flex max-w-lg flex-1 flex-col items-center justify-center gap-2 px-5 pb-20 text-center">
        <LogoIcon className="mb-2 size-9 text-accent" />
        <h2 className="text-xl font-semibold tracking-[-0.02em]">
          {busy ? 'Bringing the accounts in' : 'No accounts yet'}
        </h2>
        <p className="text-base text-balance text-ink-2">
          Bring in your accounts and Headroom scores their health, finds room to grow and prepares the drafts for your
          reps. It never sends an email.
        </p>
        {busy ? (
          <div role="status" className="mt-5 w-72">
            <ProgressBar
              label="Loading"
              share={activeRun !== null && activeRun.total > 0 ? activeRun.done / activeRun.total : null}
            />
            <p className="mt-2 text-ink-3">
              {activeRun !== null && activeRun.total > 0
                ? `Scanning: ${format.number(activeRun.done)} of ${format.number(activeRun.total)} accounts`
                : 'Loading accounts'}
            </p>
          </div>
        ) : (
          <Allowed to="portfolio.write">
            <div className="mt-4 flex flex-wrap justify-center gap-2">
              <Button variant="primary" onClick={load}>
                Load the sample portfolio
              </Button>
              <ButtonLink href="/import">Import CSV</ButtonLink>
            </div>
          </Allowed>
        )}
        <p className="mt-3 text-xs text-ink-3">The sample accounts are invented. Everything stays on this server.</p>
      </div>
    </Page>
  );
}
