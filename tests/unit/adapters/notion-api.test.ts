import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type NotionApi, openNotionApi } from '../../../lib/adapters/notion/notion-api';
import { createRequestGate } from '../../../lib/adapters/notion/request-gate';

let requests = 0;
let close = async () => {};
afterEach(() => close());

/** Notion, as far as it gives this answer to everything. */
async function notion(answer: unknown): Promise<string> {
  requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => new Promise((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function readAll(api: NotionApi): Promise<void> {
  for await (const _ of api.readRows('source', {}));
}

/** A page, but for its properties. */
const BARE = { object: 'page', id: 'a', url: 'https://www.notion.so/x', last_edited_time: '2026-11-20T10:00:00.000Z' };

describe('what Notion answers', () => {
  const stays = new AbortController().signal;
  const open = (baseUrl: string) =>
    openNotionApi({ token: 'ntn_test', baseUrl, gate: createRequestGate({ perSecond: 1_000 }), signal: stays });

  it('that does not read as a page is named so, and nothing else', async () => {
    const baseUrl = await notion({ object: 'list', results: [BARE], next_cursor: null, has_more: false });
    await expect(readAll(open(baseUrl))).rejects.toMatchObject({
      code: 'notion_rejected',
      message: 'Notion answered in a form that the desk does not know.',
    });
  });
});

describe('somebody who waits for an answer', () => {
  it('hears that it takes too long, without a request, where nothing may leave', async () => {
    const baseUrl = await notion({});
    const gate = createRequestGate();
    gate.pause(3_600);
    const api = openNotionApi({
      token: 'ntn_test',
      baseUrl,
      gate,
      patienceMs: 20,
      signal: new AbortController().signal,
    });
    await expect(api.whoAmI()).rejects.toMatchObject({ code: 'notion_unavailable', retryable: true });
    expect(requests).toBe(0);
    expect(gate.waiting()).toEqual({ read: 0, write: 0 });
  });

  it('hears that the server stops, where it does', async () => {
    const stopping = new AbortController();
    const gate = createRequestGate();
    gate.pause(3_600);
    const baseUrl = await notion({});
    const api = openNotionApi({ token: 'ntn_test', baseUrl, gate, patienceMs: 60_000, signal: stopping.signal });
    const asked = api.whoAmI();
    setTimeout(() => stopping.abort(new Error('The server is stopping.')), 20);
    await expect(asked).rejects.toThrow('The server is stopping.');
  });
});
