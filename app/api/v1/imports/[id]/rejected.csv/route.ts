import { withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/imports/[id]/rejected.csv', {}, async ({ runtime, params }) => {
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
