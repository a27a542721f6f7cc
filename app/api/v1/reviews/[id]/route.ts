import { json, withRoute } from '@/lib/http';

/** One version of a review as it was stored, with the other versions of its account and period. */
export const GET = withRoute('GET /api/v1/reviews/[id]', {}, async ({ reads, params }) =>
  json(await reads.getReview(params.id ?? '')),
);
