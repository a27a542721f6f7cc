import { json, withRoute } from '@/lib/http';

/** Where one is signed in. */
export const GET = withRoute('GET /api/v1/sessions', {}, async ({ runtime, viewer, sessionId }) =>
  json({ items: viewer ? await runtime.access.people.sessions(viewer.id, sessionId) : [] }),
);
