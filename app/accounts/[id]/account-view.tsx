'use client';

import { useQuery } from '@tanstack/react-query';
import { buttonClass } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { ErrorState } from '@/app/_components/error-state';
import { GateList } from '@/app/_components/gate-list';
import { Page, PageScroll } from '@/app/_components/page';
import { TableSkeleton } from '@/app/_components/skeleton';
import { useFormat } from '@/app/_lib/use-format';
import { Allowed } from '@/app/_lib/viewer';
import type { AccountDetail } from '@/lib/contracts';
import { accountDetailQuery } from '../queries';
import { AccountAdoption } from './account-adoption';
import { AccountAlerts } from './account-alerts';
import { AccountDispatches } from './account-dispatches';
import { AccountFacts } from './account-facts';
import { AccountOpportunities } from './account-opportunities';
import { AccountProducts } from './account-products';
import { AccountReviews } from './account-reviews';
import { Moved } from './moved';
import { ScanNow } from './scan-now';
import { ScoreBreakdown } from './score-breakdown';
import { ScoreHistory } from './score-history';
import { SignalList } from './signal-list';
import { Unscored } from './unscored';

/** One account: how healthy it is and why, what moved, and what could be sold to it. */
export function AccountView({ id }: { id: string }) {
  const account = useQuery(accountDetailQuery(id));
  if (account.data !== undefined) {
    return (
      <Page title={account.data.name} actions={<AccountActions account={account.data} />}>
        <PageScroll>
          <AccountBody account={account.data} />
        </PageScroll>
      </Page>
    );
  }
  return (
    <Page title="Account">
      {account.isError ? (
        <ErrorState
          title="The account could not be loaded"
          error={account.error}
          onRetry={() => void account.refetch()}
          retrying={account.isFetching}
        />
      ) : (
        <TableSkeleton label="Loading the account" />
      )}
    </Page>
  );
}

/** What can be done with the account as a whole. */
function AccountActions({ account }: { account: AccountDetail }) {
  return (
    <>
      <Allowed to="account.export">
        <a
          href={`/api/v1/accounts/${encodeURIComponent(account.id)}/export`}
          download={`headroom-${account.id}.json`}
          title="Everything that is kept of this account, as JSON"
          className={buttonClass()}
        >
          Export
        </a>
      </Allowed>
      <Allowed to="portfolio.write">
        <ScanNow account={account} />
      </Allowed>
    </>
  );
}

function AccountBody({ account }: { account: AccountDetail }) {
  const { health } = account;
  return (
    <>
      <AccountFacts account={account} />
      {health === null || account.signalProblems.length > 0 ? <Unscored account={account} /> : null}
      <div className="@container">
        <div className="grid items-start gap-5 @4xl:grid-cols-[minmax(0,1fr)_minmax(340px,0.58fr)]">
          <div className="grid min-w-0 gap-5">
            <Card title="Score history">
              <ScoreHistory history={account.history} stands={health !== null && account.signalProblems.length === 0} />
            </Card>
            {health === null ? null : (
              <>
                <Breakdown health={health} />
                <Moved health={health} />
              </>
            )}
            <AccountOpportunities account={account} />
            <AccountAdoption accountId={account.id} />
            <AccountDispatches account={account} />
          </div>
          <div className="grid min-w-0 gap-5">
            <AccountAlerts account={account} />
            <Card title="Gates" note="What a dispatch has to pass">
              {account.gates.length === 0 ? (
                <p className="text-ink-2">Checked once the account has been scanned.</p>
              ) : (
                <GateList gates={[...account.gates].sort((a, b) => Number(a.passed) - Number(b.passed))} />
              )}
            </Card>
            <SignalList signals={account.signals} />
            <AccountReviews account={account} />
            <AccountProducts account={account} />
          </div>
        </div>
      </div>
    </>
  );
}

function Breakdown({ health }: { health: NonNullable<AccountDetail['health']> }) {
  const format = useFormat();
  return (
    <Card
      title={`Why ${Math.round(health.score)}`}
      note={`since ${format.date(health.changedAt)}, weights ${health.modelVersion}`}
    >
      <ScoreBreakdown health={health} />
    </Card>
  );
}
