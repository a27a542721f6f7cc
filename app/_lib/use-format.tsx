'use client';

import { createContext, useContext, useMemo, useSyncExternalStore } from 'react';
import { createFormatter, type Formatter } from './format';

const RenderedAt = createContext(0);

export function RenderClock({ renderedAt, children }: { renderedAt: number; children: React.ReactNode }) {
  return <RenderedAt value={renderedAt}>{children}</RenderedAt>;
}

/**
 * The formatter in the viewer's language and time zone, its clock moving on every minute. The server and the first
 * rendering in the browser use a fixed one (en-US, UTC, the server's time), so that hydration finds what it expects.
 */
export function useFormat(): Formatter {
  const renderedAt = useContext(RenderedAt);
  const fixed = useMemo(() => createFormatter({ locale: 'en-US', timeZone: 'UTC', now: renderedAt }), [renderedAt]);
  return useSyncExternalStore(subscribe, current, () => fixed);
}

const listeners = new Set<() => void>();
let viewer: Formatter | undefined;
let timer: ReturnType<typeof setInterval> | undefined;

function current(): Formatter {
  viewer ??= createViewerFormatter();
  return viewer;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    viewer = createViewerFormatter();
    for (const notify of listeners) notify();
  }, 60_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function createViewerFormatter(): Formatter {
  const timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return createFormatter({ locale: navigator.language, timeZone, now: Date.now() });
}
