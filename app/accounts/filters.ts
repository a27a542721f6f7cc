import { createLoader, type inferParserType, parseAsArrayOf, parseAsString, parseAsStringLiteral } from 'nuqs/server';
import type { AccountQuery } from '@/lib/contracts';

export const RAG_FILTER = ['GREEN', 'AMBER', 'RED'] as const;
export const CHURN_FILTER = ['low', 'medium', 'high', 'critical'] as const;
export const STATUS_FILTER = ['active', 'onboarding', 'inactive', 'churned'] as const;
export const ACCOUNT_SORTS = [
  'name',
  '-name',
  'score',
  '-score',
  'renewalDate',
  '-renewalDate',
  'arr',
  '-arr',
] as const;

export type AccountSort = (typeof ACCOUNT_SORTS)[number];

/** What the URL of the list says; read by the page on the server and kept by the list in the browser. */
export const accountFilters = {
  q: parseAsString.withDefault(''),
  rag: parseAsArrayOf(parseAsStringLiteral(RAG_FILTER)).withDefault([]),
  churnRisk: parseAsArrayOf(parseAsStringLiteral(CHURN_FILTER)).withDefault([]),
  status: parseAsArrayOf(parseAsStringLiteral(STATUS_FILTER)).withDefault([]),
  owner: parseAsString.withDefault(''),
  sort: parseAsStringLiteral(ACCOUNT_SORTS).withDefault('score'),
};

export type AccountFilters = inferParserType<typeof accountFilters>;

export const loadAccountFilters = createLoader(accountFilters);

export const ACCOUNT_PAGE_SIZE = 50;

export function toAccountQuery(filters: AccountFilters, cursor?: string): AccountQuery {
  return {
    q: filters.q === '' ? undefined : filters.q,
    rag: filters.rag.length === 0 ? undefined : filters.rag,
    churnRisk: filters.churnRisk.length === 0 ? undefined : filters.churnRisk,
    status: filters.status.length === 0 ? undefined : filters.status,
    owner: filters.owner === '' ? undefined : filters.owner,
    sort: filters.sort,
    limit: ACCOUNT_PAGE_SIZE,
    cursor,
  };
}

export function isFiltered(filters: AccountFilters): boolean {
  const { q, rag, churnRisk, status, owner } = filters;
  return q !== '' || owner !== '' || rag.length + churnRisk.length + status.length > 0;
}
