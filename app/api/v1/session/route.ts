import { signInRequest } from '@/lib/contracts';
import { json, withCookies, withRoute } from '@/lib/http';

/** Who asks, and how one may sign in. */
export const GET = withRoute('GET /api/v1/session', {}, async ({ runtime, viewer }) =>
  json({ viewer, methods: runtime.access.methods() }),
);

/** Signs in; every sign-in is a session of its own, whatever cookie came along. */
export const POST = withRoute(
  'POST /api/v1/session',
  { body: signInRequest, limit: 'sign_in' },
  async ({ runtime, body, origin }) => {
    const { viewer, cookies } = await runtime.access.signIn(body, origin);
    return withCookies(json({ viewer, methods: runtime.access.methods() }), cookies);
  },
);

export const DELETE = withRoute('DELETE /api/v1/session', {}, async ({ runtime, request, origin }) =>
  withCookies(
    json({ viewer: null, methods: runtime.access.methods() }),
    await runtime.access.signOut(request.headers, origin),
  ),
);
