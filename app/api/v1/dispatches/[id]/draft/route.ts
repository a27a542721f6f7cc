import { draftFormat } from '@/lib/contracts';
import { previewDraft, previewPage } from '@/lib/draft-preview';
import { AppError } from '@/lib/errors';
import { json, withRoute } from '@/lib/http';

/** The draft: a page to read by default, `?format=eml` to open in a mail program, `?format=json` for programs. */
export const GET = withRoute(
  'GET /api/v1/dispatches/[id]/draft',
  { query: draftFormat },
  async ({ runtime, reads, params, query }) => {
    const id = params.id ?? '';
    const dispatch = await reads.getDispatch(id);
    const content = await runtime.desk.readDraft(id);
    if (!content) {
      throw dispatch.draft
        ? new AppError('not_found', 'The draft is no longer where it was left: it was deleted or moved.')
        : new AppError('not_found', `There is no draft yet: the dispatch is ${dispatch.state}.`);
    }
    if (query.format === 'eml') {
      return new Response(Buffer.from(content), {
        headers: {
          'content-type': 'message/rfc822',
          'content-disposition': `attachment; filename="headroom-${id}.eml"`,
          'x-content-type-options': 'nosniff',
          'cache-control': 'no-store',
        },
      });
    }
    const preview = await previewDraft(content);
    return query.format === 'json' ? json(preview) : previewPage(preview, `/api/v1/dispatches/${id}/draft?format=eml`);
  },
);
