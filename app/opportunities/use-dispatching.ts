'use client';

import { useState } from 'react';
import type { DispatchItem, OpportunityItem } from '@/lib/contracts';
import { isApiError } from '../_lib/api-client';
import { notify } from '../_lib/notify';
import { personName } from '../_lib/words';
import { useDispatchToSales, useRetryDispatch } from './queries';

const AT_ONCE = 4;

export interface Gated {
  item: OpportunityItem;
  gates: readonly { code: string; passed: boolean; message: string }[];
}

/** What was dispatched from this list stays where it was, with its draft, though it no longer belongs to the list. */
interface Kept {
  item: OpportunityItem;
  index: number;
}

/**
 * The way from the button to the draft: single, several, and past a gate.
 *
 * @param listKey Names the list on the screen; a different one forgets what was kept of the last.
 */
export function useDispatching(listKey: string, rows: readonly OpportunityItem[]) {
  const { mutateAsync: dispatchToSales } = useDispatchToSales();
  const { mutateAsync: retryDispatch } = useRetryDispatch();
  const [pending, setPending] = useState<ReadonlySet<string>>(new Set());
  const [kept, setKept] = useState<ReadonlyMap<string, Kept>>(new Map());
  const [gated, setGated] = useState<Gated | null>(null);
  const [keptFor, setKeptFor] = useState(listKey);
  if (keptFor !== listKey) {
    setKeptFor(listKey);
    setKept(new Map());
  }
  const shown = withKept(rows, kept);

  /** Runs one request with the row marked as busy and keeps what it answered. */
  const run = async (item: OpportunityItem, request: () => Promise<DispatchItem>): Promise<DispatchItem> => {
    setPending((old) => new Set(old).add(item.id));
    try {
      const answer = await request();
      const index = shown.findIndex((row) => row.id === item.id);
      if (index >= 0) setKept((old) => new Map(old).set(item.id, { item: withDispatch(item, answer), index }));
      return answer;
    } finally {
      setPending((old) => new Set([...old].filter((id) => id !== item.id)));
    }
  };

  const dispatch = async (item: OpportunityItem, reason?: string): Promise<boolean> => {
    try {
      const override = reason === undefined ? {} : { override: { reason } };
      const answer = await run(item, () => dispatchToSales({ opportunityId: item.id, ...override }));
      tell(item, answer);
      return true;
    } catch (error) {
      if (isApiError(error) && error.code === 'gated') setGated({ item, gates: error.gates });
      else notify.failure(`${item.account.name} was not dispatched`, error);
      return false;
    }
  };

  const retry = async (item: OpportunityItem): Promise<void> => {
    const id = item.dispatch?.id;
    if (id === undefined) return;
    try {
      tell(item, await run(item, () => retryDispatch(id)));
    } catch (error) {
      notify.failure(`${item.account.name} could not be tried again`, error);
    }
  };

  const dispatchMany = async (items: readonly OpportunityItem[]): Promise<void> => {
    const id = 'dispatch-many';
    const counts = { drafted: 0, queued: 0, held: 0, failed: 0 };
    let done = 0;
    let lastError: unknown = null;
    const progress = () => notify.loading(`Dispatching: ${done} of ${items.length}`, { id, duration: Infinity });
    progress();
    await eachOf(items, AT_ONCE, async (item) => {
      try {
        const { state } = await run(item, () => dispatchToSales({ opportunityId: item.id }));
        counts[state === 'drafted' ? 'drafted' : state === 'failed' ? 'failed' : 'queued'] += 1;
      } catch (error) {
        if (isApiError(error) && error.code === 'gated') counts.held += 1;
        else {
          counts.failed += 1;
          lastError = error;
        }
      }
      done += 1;
      progress();
    });
    const outcome = Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([word, count]) => `${count} ${word}`)
      .join(', ');
    const options = { id, duration: 8_000 };
    if (lastError !== null) notify.failure(outcome, lastError, options);
    else if (counts.failed > 0) notify.error(outcome, options);
    else if (counts.held > 0) notify.warning(outcome, options);
    else notify.success(outcome, options);
  };

  return { rows: shown, pending, gated, openGated: setGated, dispatch, dispatchMany, retry };
}

export type Dispatching = ReturnType<typeof useDispatching>;

function tell(item: OpportunityItem, answer: DispatchItem): void {
  if (answer.state === 'drafted') {
    const to = answer.recipient === null ? '' : ` for ${personName(answer.recipient)}`;
    const href = answer.draft?.href;
    notify.success(`Draft left${to}`, {
      description: `${item.account.name}, ${item.title}`,
      ...(href === undefined
        ? {}
        : { action: { label: 'Open', onClick: () => window.open(href, '_blank', 'noopener') } }),
    });
  } else if (answer.state === 'failed') {
    notify.error(`${item.account.name}: no draft`, { description: answer.error?.message });
  } else if (answer.error !== null) {
    notify.warning(`No draft yet for ${item.account.name}`, {
      description: `${answer.error.message} It is tried again.`,
    });
  } else {
    notify.info(`${item.account.name} is on its way`, { description: 'The draft follows by itself.' });
  }
}

function withDispatch(item: OpportunityItem, answer: DispatchItem): OpportunityItem {
  const { id, state, draft, error } = answer;
  return {
    ...item,
    status: state === 'drafted' ? 'drafted' : 'queued',
    heldBy: [],
    dispatch: { id, state, draft, errorMessage: error?.message ?? null },
  };
}

/** The list with what was kept of it: in its old place, unless the list itself has newer word of it. */
function withKept(rows: readonly OpportunityItem[], kept: ReadonlyMap<string, Kept>): readonly OpportunityItem[] {
  if (kept.size === 0) return rows;
  const present = new Set(rows.map((row) => row.id));
  const merged = rows.map((row) => (row.dispatch === null ? (kept.get(row.id)?.item ?? row) : row));
  const missing = [...kept.values()].filter(({ item }) => !present.has(item.id)).sort((a, b) => a.index - b.index);
  for (const { item, index } of missing) merged.splice(index, 0, item);
  return merged;
}

/** Works through a list, a few at a time, in order. */
async function eachOf<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
