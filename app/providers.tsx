'use client';

import { QueryClientProvider } from '@tanstack/react-query';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { LazyToaster } from './_components/lazy-toaster';
import { LiveUpdates } from './_lib/live-updates';
import { getQueryClient } from './_lib/query-client';
import { RenderClock } from './_lib/use-format';

interface Props {
  /** Time of the server's rendering, so that ages read the same on both sides while hydrating. */
  renderedAt: number;
  /** How far the events were when the page was made, to keep it up to date from there; null where nobody is signed in. */
  position: string | null;
  children: React.ReactNode;
}

export function Providers({ renderedAt, position, children }: Props) {
  return (
    <QueryClientProvider client={getQueryClient()}>
      <NuqsAdapter>
        <RenderClock renderedAt={renderedAt}>{children}</RenderClock>
      </NuqsAdapter>
      {position === null ? null : <LiveUpdates position={position} />}
      <LazyToaster />
    </QueryClientProvider>
  );
}
