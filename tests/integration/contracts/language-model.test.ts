import { MockLanguageModelV3 } from 'ai/test';
import { afterEach, describe, expect, it } from 'vitest';
import { createSdkModel, type SdkModelOptions } from '../../../lib/adapters/llm/sdk-model';
import type { ModelAnswer } from '../../../lib/ports/wording';
import { buildPrompt } from '../../../lib/wording/prompt';
import { type ModelServer, startModelServer, type WireFormat } from '../../helpers/model-server';

const TEXTS = { talkTrack: 'They use 97 of 100 seats.', opening: 'Good news first.' };
const REQUEST = buildPrompt(
  { purpose: 'talk_track', facts: [{ label: 'Account', value: 'Acme' }], texts: TEXTS },
  '0123456789abcdef0123456789abcdef',
);
const REWORDED = Object.fromEntries(Object.entries(TEXTS).map(([name, text]) => [name, `Open with this: ${text}`]));

const servers: ModelServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function open(format: WireFormat, changes: Partial<SdkModelOptions> = {}) {
  const server = await startModelServer(format);
  servers.push(server);
  const model = createSdkModel({
    provider: format,
    url: server.url,
    name: 'test-model',
    apiKey: server.key,
    answerFormat: 'schema',
    maxOutputTokens: 500,
    fetch: globalThis.fetch,
    ...changes,
  });
  const ask = (signal: AbortSignal = AbortSignal.timeout(5_000)): Promise<ModelAnswer> => {
    if (!REQUEST) throw new Error('The prompt fits.');
    return model.generate({ ...REQUEST, signal });
  };
  return { server, model, ask };
}

describe.each<WireFormat>(['openai', 'anthropic', 'google'])('a language model that speaks like %s', (format) => {
  it('gives the texts, by their names, and what they cost', async () => {
    const { server, ask } = await open(format);
    expect(await ask()).toEqual({ outcome: 'texts', texts: REWORDED, inputTokens: 400, outputTokens: 100 });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.data.texts).toEqual(TEXTS);
    expect(JSON.stringify(server.requests[0]?.body)).toContain('500');
  });

  it.each([
    ['more than was asked for', JSON.stringify({ ...REWORDED, to: 'boss@evil.example' })],
    ['less than was asked for', '{"talkTrack":"Seats."}'],
    ['something that is no text', '{"talkTrack":97,"opening":{}}'],
    ['a list', '["a","b"]'],
    ['prose', 'I cannot do that.'],
    ['half an object', '{"talkTrack":"Sea'],
  ])('has failed with %s', async (_name, content) => {
    const { server, ask } = await open(format);
    server.plan({ kind: 'content', content });
    expect(await ask()).toMatchObject({ outcome: 'failed', failure: 'malformed', inputTokens: 400, outputTokens: 100 });
  });

  it('says that it was cut off, or held back by a filter', async () => {
    const { server, ask } = await open(format);
    server.plan({ kind: 'content', content: '{"talkTrack":"Seats', finish: 'length' });
    server.plan({ kind: 'content', content: '{"talkTrack":"Seats', finish: 'filter' });
    expect(await ask()).toMatchObject({ outcome: 'failed', failure: 'truncated', outputTokens: 100 });
    expect(await ask()).toMatchObject({ outcome: 'failed', failure: 'filtered', outputTokens: 100 });
  });

  it.each([
    [429, { 'retry-after': '7' }, 'unavailable', 7],
    [429, {}, 'unavailable', null],
    [500, {}, 'unavailable', null],
    [503, { 'retry-after': 'soon' }, 'unavailable', null],
    [529, {}, 'unavailable', null],
    [408, {}, 'unavailable', null],
    [401, {}, 'key_refused', null],
    [403, {}, 'key_refused', null],
    [400, {}, 'rejected', null],
    [404, {}, 'rejected', null],
    [302, { location: 'http://127.0.0.1:1/' }, 'rejected', null],
  ] as const)(
    'makes one request where it answers %s, and tells what that means',
    async (status, headers, failure, retryAfterSeconds) => {
      const { server, ask } = await open(format, {
        // As the desk's own requests: no redirect is followed.
        fetch: (input, init) => fetch(input, { ...init, redirect: 'manual' }),
      });
      server.plan({ kind: 'status', status, headers });
      expect(await ask()).toMatchObject({ outcome: 'failed', failure, retryAfterSeconds, inputTokens: null });
      expect(server.requests).toHaveLength(1);
    },
  );

  it('is not there for a while where the connection breaks', async () => {
    const { server, ask } = await open(format);
    server.plan({ kind: 'reset' });
    expect(await ask()).toMatchObject({ outcome: 'failed', failure: 'unavailable' });
    await server.close();
    servers.splice(0);
    expect(await ask()).toMatchObject({ outcome: 'failed', failure: 'unavailable' });
  });

  it('has not answered in time', async () => {
    const { server, ask } = await open(format);
    server.plan({ kind: 'hang' });
    expect(await ask(AbortSignal.timeout(50))).toMatchObject({ outcome: 'failed', failure: 'timeout' });
  });

  it('has failed with an answer in another protocol', async () => {
    const { server, ask } = await open(format);
    server.plan({ kind: 'body', body: '{"hello":"world"}' }, { kind: 'body', body: '<html>proxy</html>' });
    expect(await ask()).toMatchObject({ outcome: 'failed', failure: 'malformed' });
    expect(await ask()).toMatchObject({ outcome: 'failed', failure: 'malformed' });
  });

  it('keeps its key, and what the provider says of it, out of the message', async () => {
    const { server, ask } = await open(format, { apiKey: 'sk-wrong-key-of-somebody' });
    const answer = await ask();
    expect(answer).toMatchObject({ failure: 'key_refused' });
    server.plan({ kind: 'status', status: 400, body: { error: { message: 'Bad key sk-wrong-key-of-somebody' } } });
    expect(JSON.stringify([answer, await ask()])).not.toContain('sk-wrong');
  });

  it('goes without a usage that it does not know', async () => {
    const { server, ask } = await open(format);
    server.usage = null;
    const answer = await ask();
    expect(answer.outcome).toBe('texts');
    if (format !== 'anthropic') expect(answer).toMatchObject({ inputTokens: null, outputTokens: null });
  });
});

describe('an OpenAI-compatible server', () => {
  it.each(['schema', 'json', 'text'] as const)('is asked for %s', async (answerFormat) => {
    const { server, ask } = await open('openai', { answerFormat, provider: 'compatible' });
    if (answerFormat === 'text') {
      server.plan({ kind: 'content', content: `\`\`\`json\n${JSON.stringify(REWORDED)}\n\`\`\`` });
    }
    expect(await ask()).toMatchObject({ outcome: 'texts', texts: REWORDED });
    const { response_format: format, max_tokens: limit } = server.requests[0]?.body ?? {};
    const kinds = { schema: 'json_schema', json: 'json_object', text: undefined };
    expect((format as { type: string } | undefined)?.type).toBe(kinds[answerFormat]);
    expect(limit).toBe(500);
  });

  it('is asked by OpenAI’s newer name of the limit where it is OpenAI’s own', async () => {
    const { server, ask } = await open('openai', { provider: 'openai' });
    await ask();
    expect(server.requests[0]?.body).toMatchObject({ max_completion_tokens: 500 });
    expect(server.requests[0]?.body).not.toHaveProperty('max_tokens');
  });

  it('is given the key of Azure in a header of its own', async () => {
    const { server, ask } = await open('openai', { provider: 'azure' });
    expect((await ask()).outcome).toBe('texts');
    expect(server.requests[0]?.headers).toMatchObject({ 'api-key': server.key });
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe('the SDK’s own model', () => {
  const usage = {
    inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: 4, text: 4, reasoning: undefined },
  };
  const finishReason = { unified: 'stop' as const, raw: 'stop' };

  it('is asked without tools, once, with the fixed instruction and the data as one message', async () => {
    const mock = new MockLanguageModelV3({
      doGenerate: async () => ({
        content: [{ type: 'text', text: JSON.stringify(REWORDED) }],
        finishReason,
        usage,
        warnings: [{ type: 'other', message: 'a warning that is nobody’s' }],
      }),
    });
    const { ask } = await open('openai', { open: async () => mock });
    expect(await ask()).toEqual({ outcome: 'texts', texts: REWORDED, inputTokens: 3, outputTokens: 4 });
    expect(mock.doGenerateCalls).toHaveLength(1);
    const [call] = mock.doGenerateCalls;
    expect(call?.tools ?? []).toEqual([]);
    expect(call?.prompt.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(call?.responseFormat).toMatchObject({ type: 'json', schema: { additionalProperties: false } });
  });

  it('may throw whatever it likes', async () => {
    for (const thrown of [new Error('boom'), 'text', null, { statusCode: 'x' }]) {
      const mock = new MockLanguageModelV3({
        doGenerate: async () => {
          throw thrown;
        },
      });
      const { ask } = await open('openai', { open: async () => mock });
      expect(await ask()).toMatchObject({ outcome: 'failed' });
    }
  });
});
