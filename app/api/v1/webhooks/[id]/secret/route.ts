import { webhookSecretRequest } from '@/lib/contracts/webhooks';
import { json, withRoute } from '@/lib/http';

/** The answer shows the new secret, once. */
export const POST = withRoute(
  'POST /api/v1/webhooks/[id]/secret',
  { body: webhookSecretRequest },
  async ({ runtime, params, body, note }) => {
    const made = await runtime.webhooks.rotateSecret(params.id ?? '', body.oldSecret);
    note({ oldSecret: body.oldSecret });
    return json(made);
  },
);
