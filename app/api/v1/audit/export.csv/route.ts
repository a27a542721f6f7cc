import { auditQuery } from '@/lib/contracts';
import { withRoute } from '@/lib/http';

/** All that match, as CSV that a spreadsheet opens as text. */
export const GET = withRoute('GET /api/v1/audit/export.csv', { query: auditQuery }, async ({ runtime, query }) => {
  return new Response(await runtime.exports.auditCsv(query), {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="headroom-audit.csv"',
      'cache-control': 'no-store',
    },
  });
});
