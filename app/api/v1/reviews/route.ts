import { reviewQuery } from '@/lib/contracts/reviews';
import { json, withRoute } from '@/lib/http';

/** Current reviews, newest first. */
export const GET = withRoute('GET /api/v1/reviews', { query: reviewQuery }, async ({ reads, query }) =>
  json(await reads.listReviews(query)),
);
