'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { loadContracts } from './api-client';
import { invalidateSoon } from './invalidate';
import { affectedRoots, allKeyRoots, type KeyRoot } from './query-keys';

const LONGEST_WAIT_MS = 30_000;

/** Keeps what is shown true: one event stream, which invalidates the queries that an event may have changed. */
export function LiveUpdates() {
  const queryClient = useQueryClient();
  useEffect(() => {
    // The page stands; what its next request needs may come now.
    void loadContracts().catch(() => undefined);
    return listen((roots) => invalidateSoon(queryClient, roots));
  }, [queryClient]);
  return null;
}

/** Opens the stream while the page is visible, opens it again when it breaks, and catches up after every gap. */
function listen(invalidate: (roots: readonly KeyRoot[]) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = 1_000;
  // What happened between the page's making on the server and the first opening was missed too.
  let missed = true;

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

function parse(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return null;
  }
}
