import { afterEach, describe, expect, it, vi } from 'vitest';
import { newId } from '../../lib/db/ids';

afterEach(() => void vi.useRealTimers());

function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

describe('ids', () => {
  it('are UUIDs of version 7 that tell when they were made', () => {
    vi.useFakeTimers({ now: Date.UTC(2100, 0, 1) });
    const id = newId();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(timeOf(id)).toBe(Date.UTC(2100, 0, 1));
  });

  it('sort as they were made, also more than a millisecond has room for, and when the clock is put back', () => {
    vi.useFakeTimers({ now: Date.UTC(2101, 0, 1) });
    const ids = Array.from({ length: 10_000 }, newId);
    vi.setSystemTime(Date.UTC(2101, 0, 1) - 3_600_000);
    ids.push(newId());
    vi.setSystemTime(Date.UTC(2101, 0, 1) + 1_000);
    ids.push(newId());
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(timeOf(ids.at(-1) ?? '')).toBe(Date.UTC(2101, 0, 1) + 1_000);
  });
});
