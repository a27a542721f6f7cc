import type { Column } from '@/app/_components/data-table';
import { RowLink } from '@/app/_components/data-table';
import { RagBadge } from '@/app/_components/rag-badge';
import { useFormat } from '@/app/_lib/use-format';
import { personName } from '@/app/_lib/words';
import type { AccountItem } from '@/lib/contracts';
import { ChurnRisk } from './churn-risk';
import type { AccountSort } from './filters';
import { Sparkline } from './sparkline';

type SortField = 'name' | 'score' | 'arr' | 'renewalDate';

/** The direction that a first click on a header takes: the accounts that need a look first. */
const FIRST: Record<SortField, AccountSort> = {
  name: 'name',
  score: 'score',
  arr: '-arr',
  renewalDate: 'renewalDate',
};

export function accountColumns(order: {
  sort: AccountSort;
  onSort: (sort: AccountSort) => void;
}): Column<AccountItem>[] {
  const sort = (field: SortField): Column<AccountItem>['sort'] => ({
    direction: order.sort === field ? 'asc' : order.sort === `-${field}` ? 'desc' : null,
    onSort: () => {
      const chosen = order.sort === field || order.sort === `-${field}`;
      order.onSort(!chosen ? FIRST[field] : order.sort === field ? `-${field}` : field);
    },
  });
  return [
    {
      id: 'account',
      header: 'Account',
      rowHeader: true,
      sort: sort('name'),
      cell: (account) => (
        <>
          <div className="truncate">
            <RowLink href={`/accounts/${encodeURIComponent(account.id)}`}>{account.name}</RowLink>
          </div>
          <AccountLine account={account} />
        </>
      ),
    },
    {
      id: 'health',
      header: 'Health',
      width: '96px',
      sort: sort('score'),
      cell: (account) => <RagBadge rag={account.rag} score={account.score} />,
    },
    {
      id: 'trend',
      header: 'Trend',
      width: '128px',
      hideBelow: 'md',
      cell: (account) => <Sparkline trend={account.trend} />,
    },
    {
      id: 'churn',
      header: 'Churn risk',
      width: '104px',
      hideBelow: 'sm',
      cell: (account) => <ChurnRisk level={account.churnRiskLevel} />,
    },
    {
      id: 'arr',
      header: 'ARR',
      align: 'right',
      width: '104px',
      sort: sort('arr'),
      cell: (account) => <Arr account={account} />,
    },
    {
      id: 'renewal',
      header: 'Renewal',
      width: '120px',
      hideBelow: 'sm',
      sort: sort('renewalDate'),
      cell: (account) => <Renewal account={account} />,
    },
    {
      id: 'csm',
      header: 'CSM',
      width: '156px',
      hideBelow: 'lg',
      cell: (account) => <Csm email={account.csmEmail} />,
    },
    {
      id: 'opportunities',
      header: 'Opportunities',
      align: 'right',
      width: '118px',
      hideBelow: 'md',
      cell: (account) =>
        account.openOpportunities === 0 ? (
          <span className="text-ink-3">–</span>
        ) : (
          <span className="font-medium">
            {account.openOpportunities}
            <span className="sr-only"> open opportunities</span>
          </span>
        ),
    },
  ];
}

function AccountLine({ account }: { account: AccountItem }) {
  return (
    <div className="truncate text-xs text-ink-3">
      {account.domain ?? account.id}
      {account.status === 'active' ? null : ` · ${account.status}`}
    </div>
  );
}

function Csm({ email }: { email: string | null }) {
  if (email === null) return <span className="text-ink-3">–</span>;
  return <span title={email}>{personName(email)}</span>;
}

function Arr({ account }: { account: AccountItem }) {
  const format = useFormat();
  if (account.arr === null) return <span className="text-ink-3">–</span>;
  return <span className="font-medium">{format.money(account.arr)}</span>;
}

function Renewal({ account }: { account: AccountItem }) {
  const format = useFormat();
  if (account.renewalDate === null || account.daysToRenewal === null) return <span className="text-ink-3">–</span>;
  return (
    <>
      <div>{renewalInWords(account.daysToRenewal)}</div>
      <div className="text-xs text-ink-3">{format.date(account.renewalDate)}</div>
    </>
  );
}

/** `in 42 days`, `today`, `3 days ago`. */
export function renewalInWords(days: number): string {
  if (days === 0) return 'today';
  const count = Math.abs(days);
  const unit = count === 1 ? 'day' : 'days';
  return days > 0 ? `in ${count} ${unit}` : `${count} ${unit} ago`;
}
