import { reviewEdition } from '@/lib/contracts/reviews';
import { withRoute } from '@/lib/http';

/** The same as Markdown, made of what was stored. */
export const GET = withRoute(
  'GET /api/v1/reviews/[id]/markdown',
  { query: reviewEdition },
  async ({ reads, params, query }) => {
    const { name, text } = await reads.reviewMarkdown(params.id ?? '', query.edition);
    return new Response(text, {
      headers: {
        'content-type': 'text/markdown; charset=utf-8',
        // The name is of letters, digits and marks that need no quoting.
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
      },
    });
  },
);
