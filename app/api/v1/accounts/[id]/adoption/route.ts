import { json, withRoute } from '@/lib/http';

/** Which features the account uses, week by week, against its peers. */
export const GET = withRoute('GET /api/v1/accounts/[id]/adoption', {}, async ({ reads, params }) =>
  json(await reads.getAdoption(params.id ?? '')),
);
