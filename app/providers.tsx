'use client';

import { QueryClientProvider } from '@tanstack/react-query';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { LazyToaster } from './_components/lazy-toaster';
import { LiveUpdates } from './_lib/live-updates';
import { getQueryClient } from './_lib/query-client';
import { RenderClock } from './_lib/use-format';

/** @param props.renderedAt Time of the server's rendering, so that ages read the same on both sides while hydrating. */
export function Providers({ renderedAt, children }: { renderedAt: number; children: React.ReactNode }) {
  return (
    <QueryClientProvider client={getQueryClient()}>
      <NuqsAdapter>
        <RenderClock renderedAt={renderedAt}>{children}</RenderClock>
      </NuqsAdapter>
      <LiveUpdates />
      <LazyToaster />
    </QueryClientProvider>
  );
}
