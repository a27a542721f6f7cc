import { draftFormat } from '@/lib/contracts';
import { previewDraft, previewPage } from '@/lib/draft-preview';
import { json, withRoute } from '@/lib/http';

/**
 * The draft: a browser is sent to it in its mailbox, or reads it here where there is no way there. `?format=html` stays
 * here, `?format=eml` opens in a mail program, `?format=json` is for programs. Where it is, is asked anew each time.
 */
export const GET = withRoute(
  'GET /api/v1/dispatches/[id]/draft',
  { query: draftFormat },
  async ({ runtime, reads, params, query }) => {
    const id = params.id ?? '';
    // Whoever may not see the dispatch learns nothing of its draft.
    await reads.getDispatch(id);
    if (query.format === 'eml') {
      const { content } = await runtime.desk.readDraft(id);
      return new Response(Buffer.from(content), {
        headers: {
          'content-type': 'message/rfc822',
          'content-disposition': `attachment; filename="headroom-${id}.eml"`,
          'x-content-type-options': 'nosniff',
          'cache-control': 'no-store',
        },
      });
    }
    const found = await runtime.desk.locateDraft(id);
    const location = { outcome: found?.outcome ?? 'unknown', href: found && 'href' in found ? found.href : null };
    if (query.format === undefined && location.href !== null) {
      return new Response(null, {
        status: 303,
        headers: { location: location.href, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
      });
    }
    const { content, copy } = await runtime.desk.readDraft(id);
    const preview = await previewDraft(content, { location, copy });
    return query.format === 'json' ? json(preview) : previewPage(preview, `/api/v1/dispatches/${id}/draft?format=eml`);
  },
);
