import { json, withRoute } from '@/lib/http';

/** The quarters that reviews can be made of, and the run that makes some. */
export const GET = withRoute('GET /api/v1/reviews/summary', {}, async ({ reads }) =>
  json(await reads.summarizeReviews()),
);
