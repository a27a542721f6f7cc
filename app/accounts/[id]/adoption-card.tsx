'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { ButtonLink } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { Skeleton } from '@/app/_components/skeleton';
import { useFormat } from '@/app/_lib/use-format';
import { Allowed, useMay } from '@/app/_lib/viewer';
import { plural } from '@/app/_lib/words';
import type { AccountAdoption } from '@/lib/contracts/adoption';
import { accountAdoptionQuery } from '../queries';
import { AdoptionFeatures } from './adoption-features';
import { AdoptionMap } from './adoption-map';
import { AdoptionRecommendations } from './adoption-recommendations';

/** Which features the account uses, week by week and against its peers, and what it could use more. */
export default function AdoptionCard({ accountId }: { accountId: string }) {
  const adoption = useQuery(accountAdoptionQuery(accountId));
  const format = useFormat();
  const { data } = adoption;
  if (data === undefined) {
    return (
      <Card title="Feature adoption">
        {adoption.isError ? (
          <ErrorState
            title="Feature adoption could not be loaded"
            error={adoption.error}
            onRetry={() => void adoption.refetch()}
            retrying={adoption.isFetching}
          />
        ) : (
          <div role="status">
            <span className="sr-only">Loading feature adoption</span>
            <Skeleton className="h-56" />
          </div>
        )}
      </Card>
    );
  }
  if (data.map.rows.length === 0) return <NothingReported />;
  return (
    <Card title="Feature adoption" note={`${data.windowDays} days to ${format.date(data.to)}`}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
        {data.reported ? <Rate adoption={data} /> : <NothingLately adoption={data} />}
        <AdoptionMap map={data.map} seats={data.seats} />
        <AdoptionRecommendations adoption={data} />
        <AdoptionFeatures adoption={data} />
      </div>
    </Card>
  );
}

function NothingReported() {
  return (
    <Card title="Feature adoption">
      <EmptyState
        title="No feature use is known yet"
        actions={
          <Allowed to="portfolio.write">
            <ButtonLink href="/import?kind=usage" size="sm">
              Import feature use
            </ButtonLink>
          </Allowed>
        }
      >
        Import how often this account used each feature, one row a feature and week. From then on it is compared with
        the other accounts of its segment.
      </EmptyState>
    </Card>
  );
}

function NothingLately({ adoption }: { adoption: AccountAdoption }) {
  const format = useFormat();
  const last = adoption.map.weeks.at(-1);
  return (
    <p className="rounded-lg bg-amber-soft px-3 py-2">
      Nothing was reported in the last {adoption.windowDays} days; the newest report is from the week to{' '}
      {format.date(last ?? null)}. Import the use since then to have a rate.
    </p>
  );
}

function Rate({ adoption }: { adoption: AccountAdoption }) {
  const format = useFormat();
  const mayRead = useMay('operations.read');
  const { adoptionRate, benchmark } = adoption;
  return (
    <div className="grid gap-x-8 gap-y-3 sm:grid-cols-2">
      <Share
        label="Adoption rate"
        share={adoptionRate}
        detail={`${format.number(adoption.featuresUsed)} of ${format.number(adoption.featuresKnown)} features within reach in use`}
        strong
      />
      {benchmark === null ? (
        <p className="self-center text-ink-2">
          {adoption.benchmarkAsOf === null ? (
            <>
              Not compared yet: the run «Feature adoption» adds up what others use.{' '}
              {mayRead ? (
                <Link href="/agents" prefetch={false} className="rounded-sm text-accent underline">
                  See its schedule
                </Link>
              ) : null}
            </>
          ) : (
            'Too few other accounts with known use to compare with.'
          )}
        </p>
      ) : (
        <Share
          label={benchmark.segment === null ? 'All other accounts' : `Others in ${benchmark.segment}`}
          share={benchmark.adoptionRate}
          detail={`mean of ${format.number(benchmark.accounts)} ${plural(benchmark.accounts, 'account')}${
            benchmark.segment === null ? ': its own segment has too few' : ''
          }, as of ${format.dateShort(adoption.benchmarkAsOf)}`}
        />
      )}
    </div>
  );
}

function Share({
  label,
  share,
  detail,
  strong = false,
}: {
  label: string;
  share: number | null;
  detail: string;
  strong?: boolean;
}) {
  const format = useFormat();
  return (
    <div>
      <div className="flex items-baseline gap-2">
        <span className="text-xl font-semibold">{share === null ? '–' : format.percent(share)}</span>
        <span className="text-ink-2">{label}</span>
      </div>
      <div aria-hidden="true" className="mt-1.5 h-1.5 overflow-hidden rounded-full bg-raise">
        <div
          className={strong ? 'h-full rounded-full bg-accent' : 'h-full rounded-full bg-control'}
          style={{ width: `${Math.round((share ?? 0) * 100)}%` }}
        />
      </div>
      <p className="mt-1 text-xs text-ink-3">{detail}</p>
    </div>
  );
}
