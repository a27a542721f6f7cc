import { apiKeyRequest } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/api-keys', {}, async ({ runtime }) =>
  json({ items: await runtime.access.keys.list() }),
);

/** The answer is the only place where the key is ever shown. */
export const POST = withRoute(
  'POST /api/v1/api-keys',
  { body: apiKeyRequest },
  async ({ runtime, body, actor, note }) => {
    const made = await runtime.access.keys.make(body, actor);
    note({ role: body.role, expiresInDays: body.expiresInDays }, { type: 'api_key', id: made.id });
    return json(made, 201);
  },
);
