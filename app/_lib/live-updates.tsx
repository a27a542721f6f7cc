'use client';

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { loadContracts } from './api-client';
import { affectedRoots, allKeyRoots, type KeyRoot } from './query-keys';

const THROTTLE_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** Keeps what is shown true: one event stream, which invalidates the queries that an event may have changed. */
export function LiveUpdates() {
  const queryClient = useQueryClient();
  useEffect(() => {
    // The page stands; what its next request needs may come now.
    void loadContracts().catch(() => undefined);
    return listen(createInvalidator(queryClient));
  }, [queryClient]);
  return null;
}

/** Opens the stream while the page is visible, opens it again when it breaks, and catches up after every gap. */
function listen(invalidate: (roots: readonly KeyRoot[]) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = 1_000;
  let missed = false;

  const open = () => {
    clearTimeout(timer);
    if (source !== null || document.hidden) return;
    source = new EventSource('/api/v1/events');
    source.onopen = () => {
      wait = 1_000;
      if (missed) invalidate(allKeyRoots);
      missed = false;
    };
    source.onmessage = (message) => invalidate(affectedRoots(parse(message.data)));
    source.onerror = () => {
      close();
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };
  };
  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
    missed = true;
  };
  const onVisibility = () => {
    if (document.hidden) close();
    else open();
  };

  open();
  document.addEventListener('visibilitychange', onVisibility);
  window.addEventListener('pagehide', close);
  window.addEventListener('pageshow', open);
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    window.removeEventListener('pagehide', close);
    window.removeEventListener('pageshow', open);
    close();
  };
}

/** At most one refetch a root at a time and per half second; what comes meanwhile is made up for by one more. */
function createInvalidator(queryClient: QueryClient): (roots: readonly KeyRoot[]) => void {
  const busy = new Set<KeyRoot>();
  const again = new Set<KeyRoot>();

  const run = async (root: KeyRoot): Promise<void> => {
    busy.add(root);
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: [root] }).catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, THROTTLE_MS)),
    ]);
    busy.delete(root);
    if (again.delete(root)) await run(root);
  };
  return (roots) => {
    for (const root of roots) {
      if (busy.has(root)) again.add(root);
      else void run(root);
    }
  };
}

function parse(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return null;
  }
}
