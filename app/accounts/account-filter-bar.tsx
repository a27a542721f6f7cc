'use client';

import { useQuery } from '@tanstack/react-query';
import { Button } from '@/app/_components/button';
import { ChoiceMenu, FilterMenu } from '@/app/_components/filter-menu';
import { ragLabel } from '@/app/_components/rag-badge';
import { personName } from '@/app/_lib/words';
import type { AccountItem } from '@/lib/contracts';
import { churnRiskLabel } from './churn-risk';
import { type AccountFilters, type AccountSort, CHURN_FILTER, isFiltered, RAG_FILTER, STATUS_FILTER } from './filters';
import { accountOwnersQuery } from './queries';

type Change = { [Key in keyof AccountFilters]?: AccountFilters[Key] | null };

const ANYONE = '';

const SORTS: readonly { value: AccountSort; label: string }[] = [
  { value: 'score', label: 'Lowest score' },
  { value: '-score', label: 'Highest score' },
  { value: 'renewalDate', label: 'Renews first' },
  { value: '-renewalDate', label: 'Renews last' },
  { value: '-arr', label: 'Largest ARR' },
  { value: 'arr', label: 'Smallest ARR' },
  { value: 'name', label: 'Name A–Z' },
  { value: '-name', label: 'Name Z–A' },
];

interface Props {
  filters: AccountFilters;
  /** What is loaded so far; its CSMs and reps can be chosen. */
  rows: readonly AccountItem[];
  onChange: (change: Change) => void;
}

export function AccountFilterBar({ filters, rows, onChange }: Props) {
  const owners = useOwners(filters.owner, rows);
  return (
    <div className="flex flex-none flex-wrap items-center gap-1.5 px-5 pt-3.5 pb-2 max-sm:px-4">
      <FilterMenu
        label="Health"
        options={RAG_FILTER.map((rag) => ({ value: rag, label: ragLabel(rag) }))}
        selected={filters.rag}
        onChange={(rag) => onChange({ rag: orNull(rag) })}
      />
      <FilterMenu
        label="Churn risk"
        options={CHURN_FILTER.map((level) => ({ value: level, label: churnRiskLabel(level) }))}
        selected={filters.churnRisk}
        onChange={(churnRisk) => onChange({ churnRisk: orNull(churnRisk) })}
      />
      <FilterMenu
        label="Status"
        options={STATUS_FILTER.map((status) => ({ value: status, label: STATUS_LABELS[status] }))}
        selected={filters.status}
        onChange={(status) => onChange({ status: orNull(status) })}
      />
      <ChoiceMenu
        label="Owner"
        emptyLabel="Owner"
        options={[
          { value: ANYONE, label: 'Any owner' },
          ...owners.map((email) => ({ value: email, label: personName(email) })),
        ]}
        value={filters.owner}
        onChange={(owner) => onChange({ owner: owner || null })}
      />
      {isFiltered(filters) ? (
        <Button
          variant="quiet"
          size="sm"
          onClick={() => onChange({ q: null, rag: null, churnRisk: null, status: null, owner: null })}
        >
          Clear
        </Button>
      ) : null}
      <div className="ml-auto max-sm:ml-0">
        <ChoiceMenu label="Order" options={SORTS} value={filters.sort} onChange={(sort) => onChange({ sort })} />
      </div>
    </div>
  );
}

const STATUS_LABELS: Record<(typeof STATUS_FILTER)[number], string> = {
  active: 'Active',
  onboarding: 'Onboarding',
  inactive: 'Inactive',
  churned: 'Churned',
};

function orNull<T>(values: T[]): T[] | null {
  return values.length === 0 ? null : values;
}

/** Everyone who owns an opportunity or one of the accounts in view. */
function useOwners(chosen: string, rows: readonly AccountItem[]): string[] {
  const known = useQuery(accountOwnersQuery()).data ?? [];
  const seen = rows.flatMap((account) => [account.csmEmail, account.repEmail]);
  const all = new Set([...known, ...seen, chosen || null].filter((email) => email !== null));
  return [...all].sort((a, b) => personName(a).localeCompare(personName(b)));
}
