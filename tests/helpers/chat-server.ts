import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a receiver does with the next requests, in order; afterwards all is well. */
export type ChatFault =
  | { status: number; body?: string; headers?: Record<string, string> }
  /** Takes the message and never answers. */
  | 'silence'
  /** Breaks the connection before or after the message is in. */
  | 'reset'
  | 'reset after taking';

export interface ChatServer {
  slackUrl: string;
  googleUrl: string;
  /** Messages that are there for all to read. */
  slack: SlackMessage[];
  google: { thread: string | null; body: GoogleMessage }[];
  /** Each request that was refused because it is not what the chat documents, with what is wrong. */
  violations: string[];
  requests: number;
  plan(channel: 'slack' | 'google_chat', ...faults: ChatFault[]): void;
  close(): Promise<void>;
}

interface TextObject {
  type: string;
  text: string;
  verbatim?: boolean;
  emoji?: boolean;
}
interface SlackMessage {
  text: string;
  unfurl_links?: boolean;
  blocks: { type: string; text: TextObject }[];
}
interface GoogleMessage {
  text: string;
  thread?: { threadKey: string };
  cardsV2: { cardId: string; card: { header: { title: string }; sections: { header: string; widgets: object[] }[] } }[];
}

const SLACK_PATH = '/services/T0001/B0001/a-secret-of-slack';
const GOOGLE_PATH = '/v1/spaces/AAAA/messages';
const GOOGLE_KEY = 'a-key-of-google';
const GOOGLE_TOKEN = 'a-secret-of-google';

/** Incoming webhooks of Slack and of Google Chat, which take what their documentation says and nothing else. */
export async function startChatServer(): Promise<ChatServer> {
  const plans: Record<'slack' | 'google_chat', ChatFault[]> = { slack: [], google_chat: [] };
  const open = new Set<ServerResponse>();
  const state: Pick<ChatServer, 'slack' | 'google' | 'violations' | 'requests'> = {
    slack: [],
    google: [],
    violations: [],
    requests: 0,
  };

  const server = createServer(async (request, response) => {
    open.add(response);
    response.on('close', () => open.delete(response));
    state.requests += 1;
    const body = await read(request);
    const url = new URL(request.url ?? '/', 'http://chat.test');
    if (url.pathname === SLACK_PATH) return slack(request, response, body);
    if (url.pathname === GOOGLE_PATH) return google(request, response, url, body);
    response.writeHead(404, { 'content-type': 'text/plain' }).end('no_service');
  });

  function refuse(response: ServerResponse, reason: string): void {
    state.violations.push(reason);
    response.writeHead(400, { 'content-type': 'text/plain' }).end(reason);
  }

  /** @returns whether it was taken care of. */
  function fault(channel: 'slack' | 'google_chat', response: ServerResponse, take: () => void): boolean {
    const next = plans[channel].shift();
    if (next === undefined) return false;
    if (next === 'reset') response.destroy();
    else if (next === 'reset after taking') {
      take();
      response.destroy();
    } else if (next === 'silence') take();
    else response.writeHead(next.status, { 'content-type': 'text/plain', ...next.headers }).end(next.body ?? '');
    return true;
  }

  function slack(request: IncomingMessage, response: ServerResponse, text: string): void {
    const wrong = commonProblem(request) ?? slackProblem(text);
    if (wrong) {
      refuse(response, wrong);
      return;
    }
    const take = () => state.slack.push(JSON.parse(text) as SlackMessage);
    if (fault('slack', response, take)) return;
    take();
    response.writeHead(200, { 'content-type': 'text/html' }).end('ok');
  }

  function google(request: IncomingMessage, response: ServerResponse, url: URL, text: string): void {
    const key = url.searchParams;
    if (key.get('key') !== GOOGLE_KEY || key.get('token') !== GOOGLE_TOKEN) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"code":401}}');
      return;
    }
    const wrong = commonProblem(request) ?? googleProblem(text);
    if (wrong) {
      refuse(response, wrong);
      return;
    }
    const body = JSON.parse(text) as GoogleMessage;
    const threaded = key.get('messageReplyOption') === 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD';
    const take = () => state.google.push({ thread: threaded ? (body.thread?.threadKey ?? null) : null, body });
    if (fault('google_chat', response, take)) return;
    take();
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ name: `spaces/AAAA/messages/${state.google.length}`, text: body.text }));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, {
    slackUrl: `${base}${SLACK_PATH}`,
    googleUrl: `${base}${GOOGLE_PATH}?key=${GOOGLE_KEY}&token=${GOOGLE_TOKEN}`,
    plan: (channel: 'slack' | 'google_chat', ...faults: ChatFault[]) => void plans[channel].push(...faults),
    close: async () => {
      for (const response of open) response.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function commonProblem(request: IncomingMessage): string | null {
  if (request.method !== 'POST') return 'method_not_allowed';
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return 'invalid_content_type';
  return null;
}

/** https://docs.slack.dev/reference/block-kit/blocks */
function slackProblem(text: string): string | null {
  const body = parse(text) as SlackMessage | null;
  if (!body) return 'invalid_payload';
  const unknown = Object.keys(body).find((key) => !['text', 'blocks', 'unfurl_links', 'unfurl_media'].includes(key));
  if (unknown) return `unknown_field ${unknown}`;
  if (typeof body.text !== 'string' || body.text === '') return 'no_text';
  if (markupIn(body.text)) return `markup in text: ${body.text}`;
  if (body.blocks.length > 50) return 'too_many_blocks';
  for (const block of body.blocks) {
    const { type, text: words } = block;
    if (type === 'header' && (words.type !== 'plain_text' || words.text.length > 150)) return 'invalid_blocks header';
    if (type === 'section' && (words.type !== 'mrkdwn' || words.verbatim !== true)) return 'invalid_blocks section';
    if (words.text.length < 1 || words.text.length > 3_000) return 'invalid_blocks length';
    if (type === 'section' && markupIn(words.text)) return `markup in a section: ${words.text}`;
    if (type !== 'header' && type !== 'section') return `invalid_blocks ${type}`;
  }
  return null;
}

/** Anything in angle brackets that is no link of ours, and any `&` that begins no entity. */
function markupIn(text: string): boolean {
  const withoutLinks = text.replace(/<https?:\/\/[^<>|\s]+\|[^<>|]+>/g, '');
  return /[<>]/.test(withoutLinks) || /&(?!(amp|lt|gt);)/.test(withoutLinks);
}

/** https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages */
function googleProblem(text: string): string | null {
  if (Buffer.byteLength(text) > 32_000) return 'INVALID_ARGUMENT: message is too long';
  const body = parse(text) as GoogleMessage | null;
  if (!body) return 'INVALID_ARGUMENT: not JSON';
  const unknown = Object.keys(body).find((key) => !['text', 'cardsV2', 'thread'].includes(key));
  if (unknown) return `INVALID_ARGUMENT: unknown name "${unknown}"`;
  if (typeof body.text !== 'string' || /[<>]/.test(body.text)) return `INVALID_ARGUMENT: markup in text: ${body.text}`;
  for (const { card } of body.cardsV2) {
    for (const { widgets } of card.sections) {
      for (const widget of widgets as { textParagraph?: { text: string } }[]) {
        const words = widget.textParagraph?.text.replaceAll('<br>', '') ?? '';
        if (/[<>]/.test(words)) return `INVALID_ARGUMENT: markup in a card: ${words}`;
      }
    }
  }
  return null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
