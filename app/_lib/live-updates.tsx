'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { loadContracts } from './api-client';
import { invalidateSoon } from './invalidate';
import { affectedRoots, allKeyRoots, type KeyRoot } from './query-keys';

const LONGEST_WAIT_MS = 30_000;

/** Keeps what is shown true: one event stream, which invalidates the queries that an event may have changed. */
export function LiveUpdates({ position }: { position: string }) {
  const queryClient = useQueryClient();
  // Only where the page itself is made anew does another one count; moving between pages keeps the stream.
  const madeAt = useRef(position);
  useEffect(() => {
    // The page stands; what its next request needs may come now.
    void loadContracts().catch(() => undefined);
    return listen(madeAt.current, (roots) => invalidateSoon(queryClient, roots));
  }, [queryClient]);
  return null;
}

/**
 * Opens the stream while the page is visible, opens it again when it breaks, and catches up where something was told
 * meanwhile.
 * @param position how far the events were when the page was made.
 */
function listen(position: string, invalidate: (roots: readonly KeyRoot[]) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = 1_000;
  let heard = position;

  const open = () => {
    clearTimeout(timer);
    if (source !== null || document.hidden) return;
    source = new EventSource('/api/v1/events');
    source.addEventListener('opened', ({ data }) => {
      wait = 1_000;
      if (data !== heard) invalidate(allKeyRoots);
      heard = String(data);
    });
    source.onmessage = (message) => {
      heard = message.lastEventId;
      invalidate(affectedRoots(parse(message.data)));
    };
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
