import { defaultShouldDehydrateQuery, isServer, QueryClient } from '@tanstack/react-query';
import { isApiError } from './api-client';

let browserClient: QueryClient | undefined;

/** One client a request on the server, one for the life of the page in the browser. */
export function getQueryClient(): QueryClient {
  if (isServer) return createQueryClient();
  browserClient ??= createQueryClient();
  return browserClient;
}

function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Live updates invalidate; this keeps a freshly hydrated page from asking twice.
        staleTime: 30_000,
        retry: (failures, error) => failures < 2 && !(isApiError(error) && error.status < 500),
      },
      dehydrate: { shouldDehydrateQuery: defaultShouldDehydrateQuery },
    },
  });
}
