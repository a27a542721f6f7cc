import { chatChannel } from '@/lib/contracts/alerts';
import { AppError } from '@/lib/errors';
import { json, withRoute } from '@/lib/http';

/** Posts a message that says that it is a test. What the chat answered is in the state that comes back. */
export const POST = withRoute(
  'POST /api/v1/settings/alerts/channels/[channel]/test',
  {},
  async ({ runtime, params, note }) => {
    const parsed = chatChannel.safeParse(params.channel);
    if (!parsed.success) throw new AppError('not_found', `There is no chat "${params.channel ?? ''}".`);
    note({ channel: parsed.data });
    return json(await runtime.alerts.channels.test(parsed.data));
  },
);
