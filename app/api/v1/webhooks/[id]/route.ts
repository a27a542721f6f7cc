import { webhookPatch } from '@/lib/contracts/webhooks';
import { done, json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/webhooks/[id]', {}, async ({ runtime, params }) =>
  json(await runtime.webhooks.get(params.id ?? '')),
);

export const PATCH = withRoute(
  'PATCH /api/v1/webhooks/[id]',
  { body: webhookPatch },
  async ({ runtime, params, body, note }) => {
    const webhook = await runtime.webhooks.update(params.id ?? '', body);
    const { url, eventTypes, enabled } = body;
    note({
      ...(url === undefined ? {} : { host: new URL(url).host }),
      ...(eventTypes === undefined ? {} : { eventTypes }),
      ...(enabled === undefined ? {} : { enabled }),
    });
    return json(webhook);
  },
);

export const DELETE = withRoute('DELETE /api/v1/webhooks/[id]', {}, async ({ runtime, params }) => {
  await runtime.webhooks.remove(params.id ?? '');
  return done();
});
