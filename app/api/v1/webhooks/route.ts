import { webhookRequest } from '@/lib/contracts/webhooks';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/webhooks', {}, async ({ runtime }) => json(await runtime.webhooks.list()));

/** The answer shows the secret, once. The address may be a secret too, so the audit log has its host alone. */
export const POST = withRoute(
  'POST /api/v1/webhooks',
  { body: webhookRequest },
  async ({ runtime, body, actor, note }) => {
    const made = await runtime.webhooks.create(body, actor);
    const { id, eventTypes, enabled } = made.webhook;
    note({ host: new URL(body.url).host, eventTypes, enabled }, { type: 'webhook', id });
    return json(made, 201);
  },
);
