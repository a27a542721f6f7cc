import { chatChannel, chatConnectRequest } from '@/lib/contracts/alerts';
import { AppError } from '@/lib/errors';
import { done, json, withRoute } from '@/lib/http';

/** The address of a webhook goes in, and never comes out again. */
export const PUT = withRoute(
  'PUT /api/v1/settings/alerts/channels/[channel]',
  { body: chatConnectRequest, maxBytes: 16_384 },
  async ({ runtime, params, body, actor, note }) => {
    const channel = readChannel(params.channel);
    note({ channel });
    return json(await runtime.alerts.channels.connect(channel, body.webhook, actor));
  },
);

export const DELETE = withRoute(
  'DELETE /api/v1/settings/alerts/channels/[channel]',
  {},
  async ({ runtime, params, note }) => {
    const channel = readChannel(params.channel);
    note({ channel });
    await runtime.alerts.channels.disconnect(channel);
    return done();
  },
);

function readChannel(given: string | undefined) {
  const parsed = chatChannel.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new AppError('not_found', `There is no chat "${given ?? ''}". There are google_chat and slack.`);
}
