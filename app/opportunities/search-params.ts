import { createSerializer, parseAsArrayOf, parseAsString, parseAsStringLiteral } from 'nuqs/server';
import type { OpportunityItem, OpportunityQuery } from '@/lib/contracts';

export const TABS = ['ready', 'held', 'sales', 'closed', 'all'] as const;
export type Tab = (typeof TABS)[number];

export const SORTS = ['-impact', 'impact', '-confidence', '-firstSeenAt', 'firstSeenAt'] as const;

type Status = OpportunityItem['status'];

/** Which opportunities a tab shows; null: all of them. */
export const TAB_STATUSES: Record<Tab, readonly Status[] | null> = {
  ready: ['open'],
  held: ['held'],
  sales: ['queued', 'drafted', 'accepted'],
  closed: ['won', 'lost', 'dismissed', 'withdrawn', 'snoozed'],
  all: null,
};

export const searchParams = {
  tab: parseAsStringLiteral(TABS).withDefault('ready'),
  type: parseAsArrayOf(parseAsStringLiteral(['seats', 'module', 'integration'])).withDefault([]),
  confidence: parseAsArrayOf(parseAsStringLiteral(['high', 'medium', 'low'])).withDefault([]),
  rag: parseAsArrayOf(parseAsStringLiteral(['GREEN', 'AMBER', 'RED'])).withDefault([]),
  owner: parseAsString.withDefault(''),
  q: parseAsString.withDefault(''),
  sort: parseAsStringLiteral(SORTS).withDefault('-impact'),
  id: parseAsString,
};

export interface View {
  tab: Tab;
  type: OpportunityItem['type'][];
  confidence: OpportunityItem['confidence'][];
  rag: NonNullable<OpportunityItem['account']['rag']>[];
  owner: string;
  q: string;
  sort: (typeof SORTS)[number];
  id: string | null;
}

export const writeSearch = createSerializer(searchParams);

export const NO_FILTERS = { type: [], confidence: [], rag: [], owner: '', q: '' } satisfies Partial<View>;

export function isFiltered(view: View): boolean {
  return (
    [view.type.length, view.confidence.length, view.rag.length].some((n) => n > 0) || view.owner !== '' || view.q !== ''
  );
}

/** The list that a view asks the API for. Both sides build their query key from it, so its shape must not vary. */
export function toListQuery(view: View): OpportunityQuery {
  const status = TAB_STATUSES[view.tab];
  return {
    ...(status === null ? {} : { status: [...status] }),
    ...(view.type.length === 0 ? {} : { type: view.type }),
    ...(view.confidence.length === 0 ? {} : { confidence: view.confidence }),
    ...(view.rag.length === 0 ? {} : { rag: view.rag }),
    ...(view.owner === '' ? {} : { owner: view.owner }),
    ...(view.q === '' ? {} : { q: view.q }),
    sort: view.sort,
    limit: 50,
  };
}
