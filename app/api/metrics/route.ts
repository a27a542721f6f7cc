import { withRoute } from '@/lib/http';

/** Figures of the desk and its process, in the text format of Prometheus. */
export const GET = withRoute('GET /api/metrics', {}, async ({ runtime }) => {
  const { metrics } = runtime;
  return new Response(await metrics.text(), {
    headers: { 'content-type': metrics.contentType, 'cache-control': 'no-store' },
  });
});
