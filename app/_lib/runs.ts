import { queryOptions } from '@tanstack/react-query';
import { type RunItem, runDetail } from '@/lib/contracts';
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
    queryFn: ({ signal }) => apiGet(`/runs/${encodeURIComponent(id)}`, runDetail, { signal }),
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
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
