import { createLoader, type inferParserType, parseAsArrayOf, parseAsString, parseAsStringLiteral } from 'nuqs/server';
import type { ReviewQuery } from '@/lib/contracts/reviews';

export const RAG_FILTER = ['GREEN', 'AMBER', 'RED'] as const;
export const KINDS = ['all', 'quarter', 'renewal'] as const;
export const PUBLICATIONS = ['published', 'pending', 'failed', 'skipped'] as const;

/** What the URL of the list says; read by the page on the server and kept by the list in the browser. */
export const reviewFilters = {
  q: parseAsString.withDefault(''),
  kind: parseAsStringLiteral(KINDS).withDefault('all'),
  period: parseAsString.withDefault(''),
  rag: parseAsArrayOf(parseAsStringLiteral(RAG_FILTER)).withDefault([]),
  publication: parseAsArrayOf(parseAsStringLiteral(PUBLICATIONS)).withDefault([]),
};

export type ReviewFilters = inferParserType<typeof reviewFilters>;

export const loadReviewFilters = createLoader(reviewFilters);

const PAGE_SIZE = 50;

export function toReviewQuery(filters: ReviewFilters, cursor?: string): ReviewQuery {
  return {
    q: filters.q === '' ? undefined : filters.q.slice(0, 200),
    kind: filters.kind === 'all' ? undefined : filters.kind,
    // Anything else in the address is no period of ours.
    period: /^\d{4}-Q[1-4]$/.test(filters.period) ? filters.period : undefined,
    rag: filters.rag.length === 0 ? undefined : filters.rag,
    publication: filters.publication.length === 0 ? undefined : filters.publication,
    limit: PAGE_SIZE,
    cursor,
  };
}

export function isFiltered({ q, kind, period, rag, publication }: ReviewFilters): boolean {
  return q !== '' || kind !== 'all' || period !== '' || rag.length + publication.length > 0;
}
