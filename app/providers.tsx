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
  /** Somebody is signed in, and what they see is kept up to date. */
  live: boolean;
  children: React.ReactNode;
}

export function Providers({ renderedAt, live, children }: Props) {
  return (
    <QueryClientProvider client={getQueryClient()}>
      <NuqsAdapter>
        <RenderClock renderedAt={renderedAt}>{children}</RenderClock>
      </NuqsAdapter>
      {live ? <LiveUpdates /> : null}
      <LazyToaster />
    </QueryClientProvider>
  );
}
