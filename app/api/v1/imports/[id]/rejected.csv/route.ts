import { withRoute } from '@/lib/http';

export const GET = withRoute({}, async ({ runtime, params }) => {
  const rows = await runtime.desk.rejectedRows(params.id ?? '');
  return new Response(rows, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="rejected-rows.csv"',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  });
});
