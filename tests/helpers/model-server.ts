import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type WireFormat = 'openai' | 'anthropic' | 'google';

/** The data block of a prompt, as a model reads it. */
export interface PromptData {
  facts: { label: string; value: string }[];
  texts: Record<string, string>;
}

/** What the model does with one request. */
export type ModelBehaviour =
  | { kind: 'texts'; write: (data: PromptData) => Record<string, unknown> }
  | { kind: 'content'; content: string; finish?: 'stop' | 'length' | 'filter' }
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: unknown }
  /** 200 with this in the place of the answer. */
  | { kind: 'body'; body: string }
  | { kind: 'hang' }
  | { kind: 'reset' }
  | { kind: 'half' };

export interface ModelServer {
  /** As HEADROOM_MODEL_URL names it. */
  url: string;
  key: string;
  /** Requests that came, newest last. */
  requests: { path: string; headers: IncomingHttpHeaders; body: Record<string, unknown>; data: PromptData }[];
  /** What the next requests meet, one each; after that the texts come back reworded well. */
  plan(...behaviours: ModelBehaviour[]): void;
  /** What every request meets that nothing else was planned for. */
  always(behaviour: ModelBehaviour): void;
  /** Tokens that each answer says it took; null leaves them out. */
  usage: { input: number; output: number } | null;
  close(): Promise<void>;
}

/** Other words for any text: what a model would do that keeps to its instruction. */
export function rewordWell(text: string): string {
  return `Open with this: ${text}`;
}

export const WELL: ModelBehaviour = {
  kind: 'texts',
  write: ({ texts }) => Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, rewordWell(text)])),
};

/**
 * A language model that speaks OpenAI's, Anthropic's or Google's protocol, and is strict about it: a wrong address, a
 * missing key, a prompt that does not hold exactly one block of data between two marks are errors.
 */
export async function startModelServer(format: WireFormat = 'openai'): Promise<ModelServer> {
  const key = 'test-model-key-000000000000';
  const planned: ModelBehaviour[] = [];
  let otherwise = WELL;
  const model: ModelServer = {
    url: '',
    key,
    requests: [],
    plan: (...behaviours) => void planned.push(...behaviours),
    always: (behaviour) => {
      otherwise = behaviour;
    },
    usage: { input: 400, output: 100 },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const wire = FORMATS[format];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    if (request.method !== 'POST' || !wire.path.test(request.url ?? '')) return answer(response, 404, { error: {} });
    if (wire.keyOf(request.headers) !== key) return answer(response, 401, { error: { type: 'authentication_error' } });
    if (!/^application\/json/.test(request.headers['content-type'] ?? '')) return answer(response, 415, {});
    const body = JSON.parse(text) as Record<string, unknown>;
    const { system, prompt } = wire.read(body);
    const data = readData(prompt);
    if (!system.includes('Rules, without exception') || data === null) {
      return answer(response, 400, { error: { type: 'invalid_request_error' } });
    }
    model.requests.push({ path: request.url ?? '', headers: request.headers, body, data });
    respond(response, planned.shift() ?? otherwise, data, (content, finish) =>
      wire.write(content, finish, model.usage, body),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  model.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${wire.base}`;
  return model;
}

function respond(
  response: ServerResponse,
  behaviour: ModelBehaviour,
  data: PromptData,
  write: (content: string, finish: 'stop' | 'length' | 'filter') => unknown,
): void {
  switch (behaviour.kind) {
    case 'texts':
      answer(response, 200, write(JSON.stringify(behaviour.write(data)), 'stop'));
      return;
    case 'content':
      answer(response, 200, write(behaviour.content, behaviour.finish ?? 'stop'));
      return;
    case 'status':
      answer(response, behaviour.status, behaviour.body ?? { error: { type: 'test_error' } }, behaviour.headers);
      return;
    case 'body':
      response.writeHead(200, { 'content-type': 'application/json' }).end(behaviour.body);
      return;
    case 'reset':
      response.socket?.destroy();
      return;
    case 'half':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"id":');
      setTimeout(() => response.socket?.destroy(), 20);
      return;
    case 'hang':
      return;
  }
}

function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Exactly one block between two marks; null for a prompt that has none, or in which somebody drew another. */
export function readData(prompt: string): PromptData | null {
  const blocks = [...prompt.matchAll(/^-----BEGIN DATA ([0-9a-f]{32})-----\n(.*)\n-----END DATA \1-----$/gm)];
  const marks = prompt.match(/-----/g) ?? [];
  if (blocks.length !== 1 || marks.length !== 4) return null;
  return JSON.parse(blocks[0]?.[2] ?? 'null') as PromptData;
}

type Finish = 'stop' | 'length' | 'filter';

interface Wire {
  base: string;
  path: RegExp;
  keyOf(headers: IncomingHttpHeaders): string | undefined;
  read(body: Record<string, unknown>): { system: string; prompt: string };
  write(content: string, finish: Finish, usage: ModelServer['usage'], body: Record<string, unknown>): unknown;
}

const FORMATS: Record<WireFormat, Wire> = {
  openai: {
    base: '/v1',
    path: /^\/v1\/chat\/completions$/,
    keyOf: (headers) => headers.authorization?.replace(/^Bearer /, '') ?? (headers['api-key'] as string | undefined),
    read({ messages }) {
      const [system, user] = messages as { role: string; content: string | { text: string }[] }[];
      return { system: system?.role === 'system' ? flat(system.content) : '', prompt: flat(user?.content ?? '') };
    },
    write: (content, finish, usage) => ({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'test-model',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content },
          finish_reason: finish === 'filter' ? 'content_filter' : finish,
        },
      ],
      ...(usage
        ? {
            usage: {
              prompt_tokens: usage.input,
              completion_tokens: usage.output,
              total_tokens: usage.input + usage.output,
            },
          }
        : {}),
    }),
  },
  anthropic: {
    base: '/v1',
    path: /^\/v1\/messages$/,
    keyOf: (headers) => (headers['anthropic-version'] ? (headers['x-api-key'] as string | undefined) : undefined),
    read({ system, messages }) {
      const [user] = messages as { content: { text: string }[] }[];
      return { system: flat(system as { text: string }[]), prompt: flat(user?.content ?? '') };
    },
    write(content, finish, usage, { tools }) {
      const tool = (tools as { name: string }[] | undefined)?.[0]?.name;
      const parsed = tool === undefined || finish !== 'stop' ? null : parseOrNull(content);
      return {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'test-model',
        content: [
          parsed === null
            ? { type: 'text', text: content }
            : { type: 'tool_use', id: 'toolu_1', name: tool, input: parsed },
        ],
        stop_reason:
          finish === 'length'
            ? 'max_tokens'
            : finish === 'filter'
              ? 'refusal'
              : parsed === null
                ? 'end_turn'
                : 'tool_use',
        stop_sequence: null,
        usage: { input_tokens: usage?.input ?? 0, output_tokens: usage?.output ?? 0 },
      };
    },
  },
  google: {
    base: '/v1beta',
    path: /^\/v1beta\/models\/[\w.-]+:generateContent$/,
    keyOf: (headers) => headers['x-goog-api-key'] as string | undefined,
    read({ systemInstruction, contents }) {
      const [user] = contents as { parts: { text: string }[] }[];
      return {
        system: flat((systemInstruction as { parts: { text: string }[] } | undefined)?.parts ?? ''),
        prompt: flat(user?.parts ?? ''),
      };
    },
    write: (content, finish, usage) => ({
      candidates: [
        {
          content: { role: 'model', parts: [{ text: content }] },
          finishReason: { stop: 'STOP', length: 'MAX_TOKENS', filter: 'SAFETY' }[finish],
          index: 0,
        },
      ],
      ...(usage
        ? {
            usageMetadata: {
              promptTokenCount: usage.input,
              candidatesTokenCount: usage.output,
              totalTokenCount: usage.input + usage.output,
            },
          }
        : {}),
    }),
  },
};

function flat(content: string | { text: string }[]): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('\n');
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
