import { withRoute } from '@/lib/http';

/** The same as Markdown, made of what was stored. */
export const GET = withRoute('GET /api/v1/reviews/[id]/markdown', {}, async ({ reads, params }) => {
  const { name, text } = await reads.reviewMarkdown(params.id ?? '');
  return new Response(text, {
    headers: {
      'content-type': 'text/markdown; charset=utf-8',
      // The name is of letters, digits and marks that need no quoting.
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
    },
  });
});
