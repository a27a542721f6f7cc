import { draftFormat } from '@/lib/contracts';
import { scopeOf } from '@/lib/domain/access';
import { previewDraft, previewPage } from '@/lib/draft-preview';
import { json, requirePermission, withRoute } from '@/lib/http';

/** The draft of a notice, as that of a dispatch: a browser is sent to it in its mailbox, or reads it here. */
export const GET = withRoute(
  'GET /api/v1/notices/[id]/draft',
  { query: draftFormat },
  async ({ runtime, viewer, params, query }) => {
    requirePermission(viewer, 'portfolio.read');
    const id = params.id ?? '';
    const scope = scopeOf(viewer);
    const { noticeDesk } = runtime.alerts;
    if (query.format === 'eml') {
      const { content } = await noticeDesk.read(id, scope);
      return new Response(Buffer.from(content), {
        headers: {
          'content-type': 'message/rfc822',
          'content-disposition': `attachment; filename="headroom-${id}.eml"`,
          'x-content-type-options': 'nosniff',
          'cache-control': 'no-store',
        },
      });
    }
    const found = await noticeDesk.locate(id, scope);
    const location = { outcome: found?.outcome ?? 'unknown', href: found && 'href' in found ? found.href : null };
    if (query.format === undefined && location.href !== null) {
      return new Response(null, {
        status: 303,
        headers: { location: location.href, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
      });
    }
    const { content, copy } = await noticeDesk.read(id, scope);
    const preview = await previewDraft(content, { location, copy });
    return query.format === 'json' ? json(preview) : previewPage(preview, `/api/v1/notices/${id}/draft?format=eml`);
  },
);
