import { json, withRoute } from '@/lib/http';

/** Everything that the desk keeps of one account. */
export const GET = withRoute('GET /api/v1/accounts/[id]/export', {}, async ({ runtime, reads, params }) => {
  const { id } = await reads.getAccount(params.id ?? '');
  const response = json(await runtime.exports.account(id));
  response.headers.set('content-disposition', 'attachment; filename="headroom-account.json"');
  return response;
});
