import { linkInspect } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

/** What a one-time link is for; the secret is in the body, since addresses are written to logs. */
export const POST = withRoute(
  'POST /api/v1/links/inspect',
  { body: linkInspect, limit: 'sign_in' },
  async ({ runtime, body }) => {
    const { links } = runtime.access;
    return json(links.describe(await links.find(body.secret)));
  },
);
