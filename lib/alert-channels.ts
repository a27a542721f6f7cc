import { isIP } from 'node:net';
import type { AlertSettingsStore, ChatChannel, StoredWebhook } from './db/alert-settings';
import type { StructuredDocument } from './domain/document';
import { AppError, isAppError } from './errors';
import type { ChatNotifier } from './ports/alerts';
import type { SecretBox } from './secrets';

export const CHAT_CHANNELS: readonly ChatChannel[] = ['slack', 'google_chat'];
const NAMES: Record<ChatChannel, string> = { slack: 'Slack', google_chat: 'Google Chat' };

/** A chat as people see it. */
export interface ChannelState {
  channel: ChatChannel;
  connected: boolean;
  hint: string | null;
  error: string | null;
  connectedAt: string | null;
  checkedAt: string | null;
}

export interface AlertChannelsOptions {
  store: AlertSettingsStore;
  box: SecretBox;
  chat: Record<ChatChannel, ChatNotifier>;
  timeoutMs: number;
  clock: () => Date;
}

/** The chats that alerts are posted in. Their addresses go in encrypted, and are only ever handed to their adapter. */
export function createAlertChannels({ store, box, chat, timeoutMs, clock }: AlertChannelsOptions) {
  async function find(channel: ChatChannel): Promise<StoredWebhook | null> {
    return (await store.webhooks()).find((stored) => stored.channel === channel) ?? null;
  }

  function open({ channel, credentials }: StoredWebhook): string {
    try {
      return box.open(credentials, placeOf(channel));
    } catch (error) {
      if (!isAppError(error)) throw error;
      throw new AppError(
        'forbidden',
        `The stored webhook of ${NAMES[channel]} cannot be read with this server’s secret.`,
        {
          remedy: 'Connect it again under Settings → Alerts.',
        },
      );
    }
  }

  async function states(): Promise<ChannelState[]> {
    const stored = await store.webhooks();
    return CHAT_CHANNELS.map((channel) => {
      const known = stored.find((webhook) => webhook.channel === channel);
      return {
        channel,
        connected: known !== undefined,
        hint: known?.hint ?? null,
        error: known?.errorMessage ?? null,
        connectedAt: known?.connectedAt.toISOString() ?? null,
        checkedAt: known?.checkedAt?.toISOString() ?? null,
      };
    });
  }

  async function stateOf(channel: ChatChannel): Promise<ChannelState> {
    const state = (await states()).find((each) => each.channel === channel);
    if (!state) throw new AppError('not_found', `There is no chat "${channel}".`);
    return state;
  }

  return {
    states,

    /** Why nothing can be posted, in a sentence; null where something can. */
    async problem(channel: ChatChannel): Promise<string | null> {
      return (await find(channel)) ? null : `No webhook of ${NAMES[channel]} is connected.`;
    },

    /** The address to post to; null where none is connected. @throws AppError `forbidden` where it cannot be read. */
    async webhook(channel: ChatChannel): Promise<string | null> {
      const stored = await find(channel);
      return stored && open(stored);
    },

    /** @throws AppError `invalid_input` naming what is wrong with the address. */
    async connect(channel: ChatChannel, webhook: string, actor: string): Promise<ChannelState> {
      const url = readWebhook(channel, webhook);
      const credentials = box.seal(url.href, placeOf(channel));
      await store.connect(channel, { credentials, hint: hintOf(url), actor, now: clock() });
      return stateOf(channel);
    },

    async disconnect(channel: ChatChannel): Promise<void> {
      if (await store.disconnect(channel)) return;
      throw new AppError('not_found', `No webhook of ${NAMES[channel]} is connected.`);
    },

    /** Posts a message that says that it is a test. What is wrong is in the state that comes back. */
    async test(channel: ChatChannel): Promise<ChannelState> {
      const stored = await find(channel);
      if (!stored) throw new AppError('not_found', `No webhook of ${NAMES[channel]} is connected.`);
      const signal = AbortSignal.timeout(timeoutMs);
      let error: string | null = null;
      try {
        const post = chat[channel].post(
          { document: TEST_MESSAGE, threadKey: 'headroom-test' },
          { webhook: open(stored), signal },
        );
        await Promise.race([post, rejectedWith(signal)]);
      } catch (cause) {
        error = isAppError(cause) ? cause.message : `${NAMES[channel]} did not answer as it should.`;
      }
      await store.checked(channel, error, clock());
      return stateOf(channel);
    },

    checked: store.checked,
  };
}

/** Encrypts the addresses with the present secret; can be repeated, and stops anywhere without harm. */
export async function rotateWebhooks(
  store: AlertSettingsStore,
  box: SecretBox,
): Promise<{ rotated: number; current: number; unreadable: string[] }> {
  const outcome = { rotated: 0, current: 0, unreadable: [] as string[] };
  for (const { channel, credentials } of await store.webhooks()) {
    if (box.isCurrent(credentials)) {
      outcome.current += 1;
      continue;
    }
    try {
      const sealed = box.seal(box.open(credentials, placeOf(channel)), placeOf(channel));
      if (await store.replaceCredentials(channel, credentials, sealed)) outcome.rotated += 1;
    } catch (error) {
      if (!isAppError(error)) throw error;
      outcome.unreadable.push(NAMES[channel]);
    }
  }
  return outcome;
}

const TEST_MESSAGE: StructuredDocument = {
  title: 'Headroom can post here',
  sections: [
    {
      heading: 'A test',
      blocks: [
        {
          kind: 'paragraph',
          text: 'Somebody pressed «Send a test message» under Settings → Alerts. Nothing is at risk.',
        },
      ],
    },
  ],
};

function placeOf(channel: ChatChannel): string {
  return `chat-webhook:${channel}`;
}

function readWebhook(channel: ChatChannel, webhook: string): URL {
  const url = URL.canParse(webhook) ? new URL(webhook) : null;
  if (!url) throw invalid(`is not an address; copy it from ${NAMES[channel]} whole`);
  // Without encryption the secret would travel in the open; in a private network that is its owner's choice.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isLocal = host === 'localhost' || isIP(host) !== 0;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) throw invalid('must begin with https://');
  if (url.username !== '' || url.password !== '') throw invalid('must not hold a user name or password');
  if (url.pathname.length < 2 && url.search === '') throw invalid('has nothing behind its host; copy it whole');
  url.hash = '';
  return url;
}

function invalid(message: string): AppError {
  return new AppError('invalid_input', `The webhook ${message}.`, { issues: [{ path: 'webhook', message }] });
}

function hintOf(url: URL): string {
  return `${url.host}/…${url.href.slice(-4)}`;
}

function rejectedWith(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
