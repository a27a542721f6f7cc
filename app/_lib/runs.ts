import { queryOptions } from '@tanstack/react-query';
import type { RunItem } from '@/lib/contracts';
import { apiGet } from './api-client';
import { keyRoots } from './query-keys';

/** While something runs, its progress is asked for this often; the event stream alone would move in steps. */
const POLL_MS = 500;

export function runDetailKey(id: string) {
  return [keyRoots.runs, 'detail', id] as const;
}

/** One run with its errors, asked for again until it is over. */
export function runDetailQuery(id: string) {
  return queryOptions({
    queryKey: runDetailKey(id),
    queryFn: ({ signal }) => apiGet(`/runs/${encodeURIComponent(id)}`, (c) => c.runDetail, { signal }),
    refetchInterval: ({ state }) => (state.data !== undefined && isUnderWay(state.data) ? POLL_MS : false),
  });
}

export function isUnderWay(run: Pick<RunItem, 'state'>): boolean {
  return run.state === 'queued' || run.state === 'running';
}

/** `health_scan` → `Health scan`. */
export function inWords(code: string): string {
  const words = code
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .toLowerCase()
    .replace(/\bqbr\b/, 'QBR');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What the jobs count, in the order in which it happens: as a heading, and after a number. */
const COUNTS: Readonly<Record<string, { heading: string; after: string }>> = {
  scored: { heading: 'Scored', after: 'scored' },
  changed: { heading: 'Score changed', after: 'changed' },
  alerts: { heading: 'At risk', after: 'at risk' },
  failed: { heading: 'Not scored', after: 'not scored' },
  found: { heading: 'Opportunities', after: 'opportunities' },
  created: { heading: 'New opportunities', after: 'new' },
  updated: { heading: 'Opportunities updated', after: 'updated' },
  withdrawn: { heading: 'Opportunities withdrawn', after: 'withdrawn' },
  dispatched: { heading: 'Dispatched', after: 'dispatched' },
  compared: { heading: 'Accounts compared', after: 'compared' },
  segments: { heading: 'Segments', after: 'segments' },
  features: { heading: 'Features', after: 'features' },
  reviews: { heading: 'Reviews made', after: 'reviews made' },
  unchanged: { heading: 'Reviews that stand', after: 'unchanged' },
};

/** Where a job means something else by a name than the scans do. */
const OF_JOB: Readonly<Record<string, Readonly<Record<string, { heading: string; after: string }>>>> = {
  churn_alerts: { alerts: { heading: 'Alerts', after: 'alerts' } },
  retention: {
    alerts: { heading: 'Alerts deleted', after: 'alerts deleted' },
    reviews: { heading: 'Earlier reviews deleted', after: 'earlier reviews deleted' },
  },
  quarterly_qbr: { failed: { heading: 'Not reviewed', after: 'not reviewed' } },
  contract_qbr: { failed: { heading: 'Not reviewed', after: 'not reviewed' } },
};

function wordsOf(job: string, name: string): { heading: string; after: string } {
  const heading = inWords(name);
  return OF_JOB[job]?.[name] ?? COUNTS[name] ?? { heading, after: heading.toLowerCase() };
}

export function countHeading(job: string, name: string): string {
  return wordsOf(job, name).heading;
}

/** The counts of a run in the order in which they come about. */
export function orderedCounts(counts: RunItem['counts']): [name: string, count: number][] {
  const order = Object.keys(COUNTS);
  const place = (name: string) => (order.indexOf(name) + order.length + 1) % (order.length + 1);
  return Object.entries(counts).sort((a, b) => place(a[0]) - place(b[0]));
}

/** `240 scored, 12 changed, 31 opportunities`; nothing for counts of zero. */
export function countsInWords(
  { job, counts }: Pick<RunItem, 'job' | 'counts'>,
  number: (value: number) => string,
): string {
  return orderedCounts(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${number(count)} ${wordsOf(job, name).after}`)
    .join(', ');
}
