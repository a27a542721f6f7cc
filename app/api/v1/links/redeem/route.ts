import { linkRedeem } from '@/lib/contracts';
import { json, withCookies, withRoute } from '@/lib/http';

/** Uses a one-time link up, and signs in. */
export const POST = withRoute(
  'POST /api/v1/links/redeem',
  { body: linkRedeem, limit: 'sign_in' },
  async ({ runtime, body, origin }) => {
    const { viewer, cookies } = await runtime.access.redeem(body, origin);
    return withCookies(json({ viewer, methods: runtime.access.methods() }), cookies);
  },
);
