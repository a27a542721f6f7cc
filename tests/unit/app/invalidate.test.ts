import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { invalidateSoon } from '../../../app/_lib/invalidate';

let client: QueryClient;
let refetched: string[];

beforeEach(() => {
  vi.useFakeTimers();
  client = new QueryClient();
  refetched = [];
  vi.spyOn(client, 'invalidateQueries').mockImplementation(async (filters) => {
    refetched.push(String(filters?.queryKey?.[0]));
  });
});
afterEach(() => vi.useRealTimers());

describe('Refetching what events may have changed', () => {
  it('makes one refetch of what one dispatch tells and answers', async () => {
    for (const wait of [0, 12, 2, 20]) {
      await vi.advanceTimersByTimeAsync(wait);
      invalidateSoon(client, ['opportunities', 'workspace']);
    }
    await vi.advanceTimersByTimeAsync(5_000);
    expect(refetched.sort()).toEqual(['opportunities', 'workspace']);
  });

  it('makes up for what comes while it refetches, once', async () => {
    invalidateSoon(client, ['runs']);
    await vi.advanceTimersByTimeAsync(100);
    for (let times = 0; times < 10; times += 1) invalidateSoon(client, ['runs']);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(refetched).toEqual(['runs', 'runs']);
  });

  it('refetches at most about twice a second under a stream of events, and never stops short of the last', async () => {
    for (let times = 0; times < 100; times += 1) {
      invalidateSoon(client, ['runs']);
      await vi.advanceTimersByTimeAsync(50);
    }
    const during = refetched.length;
    expect(during).toBeLessThanOrEqual(10);
    expect(during).toBeGreaterThanOrEqual(8);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(refetched.length).toBe(during + 1);
  });
});
