import { webhookReplayRequest } from '@/lib/contracts/webhooks';
import { json, withRoute } from '@/lib/http';

export const POST = withRoute(
  'POST /api/v1/webhooks/[id]/replay',
  { body: webhookReplayRequest },
  async ({ runtime, params, body, note }) => {
    const deliveries = await runtime.webhooks.replay(params.id ?? '', body);
    note({ ...body, deliveries });
    return json({ deliveries }, 202);
  },
);
