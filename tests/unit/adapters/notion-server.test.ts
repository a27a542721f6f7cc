import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { value } from '../../helpers/notion-rules';
import { type NotionServer, startNotionServer } from '../../helpers/notion-server';
import type { NotionBase } from '../../helpers/notion-shapes';

// The fake is what the other tests believe: it has to refuse what Notion refuses.
let server: NotionServer;
let base: NotionBase;
beforeAll(async () => {
  server = await startNotionServer({ queryLimit: 250 });
  base = server.addBase('Accounts', [
    { name: 'Name', type: 'title' },
    { name: 'Note', type: 'rich_text' },
    { name: 'Score', type: 'number' },
    { name: 'RAG', type: 'select', options: [] },
  ]);
  for (let index = 0; index < 300; index += 1) server.addRow(base, { Name: value.title(`Row ${index}`) });
});
afterEach(() => {
  server.violations.length = 0;
});
afterAll(() => server.close());

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${server.token}`,
      'notion-version': '2025-09-03',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const parent = () => ({ type: 'data_source_id', data_source_id: base.id });
const text = (content: string) => ({ rich_text: [{ type: 'text', text: { content } }] });
const paragraph = (content: string) => ({ type: 'paragraph', paragraph: text(content) });
const make = (properties: object) => send('POST', '/v1/pages', { parent: parent(), properties });

describe('the fake of Notion', () => {
  it('lets nobody in without its token and its version', async () => {
    expect(await send('GET', '/v1/users/me')).toMatchObject({ status: 200 });
    const other = await send('GET', '/v1/users/me', undefined, { authorization: 'Bearer ntn_other' });
    expect(other).toMatchObject({ status: 401, body: { object: 'error', code: 'unauthorized' } });
    const old = await send('GET', '/v1/users/me', undefined, { 'notion-version': '2022-06-28' });
    expect(old).toMatchObject({ status: 400, body: { code: 'missing_version' } });
  });

  it.each([
    ['a property that is not there', { Nme: { title: [] } }],
    ['a value of another type', { Score: { rich_text: [] } }],
    ['a text of 2,001 characters', { Note: text('x'.repeat(2_001)) }],
    ['101 pieces of text', { Note: { rich_text: Array.from({ length: 101 }, () => ({ text: { content: 'x' } })) } }],
    ['a number in words', { Score: { number: '7' } }],
    ['an option with a comma', { RAG: { select: { name: 'a,b' } } }],
    ['half a character', { Note: text('\ud800') }],
  ])('refuses %s', async (_, properties) => {
    expect(await make(properties)).toMatchObject({ status: 400, body: { code: 'validation_error' } });
  });

  it('refuses blocks past its limits, and changes of what is in the trash', async () => {
    const { body } = await make({ Name: { title: [{ text: { content: 'x' } }] } });
    const append = (children: unknown[]) => send('PATCH', `/v1/blocks/${String(body.id)}/children`, { children });
    expect(await append(Array.from({ length: 100 }, () => paragraph('x')))).toMatchObject({ status: 200 });
    expect(await append(Array.from({ length: 101 }, () => paragraph('x')))).toMatchObject({ status: 400 });
    expect(await append([paragraph('漢'.repeat(2_000))])).toMatchObject({ status: 200 });
    const row = { type: 'table_row', table_row: { cells: [[], []] } };
    const table = (width: number) => ({ type: 'table', table: { table_width: width, children: [row] } });
    expect(await append([table(2)])).toMatchObject({ status: 200 });
    expect(await append([table(3)])).toMatchObject({ status: 400 });
    const large = Array.from({ length: 90 }, () => ({
      type: 'paragraph',
      paragraph: { rich_text: Array.from({ length: 3 }, () => ({ text: { content: 'x'.repeat(2_000) } })) },
    }));
    expect(await append(large)).toMatchObject({ status: 413 });
    expect(await send('PATCH', `/v1/pages/${String(body.id)}`, { in_trash: true })).toMatchObject({ status: 200 });
    expect(await send('PATCH', `/v1/pages/${String(body.id)}`, { properties: {} })).toMatchObject({ status: 400 });
  });

  it('answers queries page by page, and stops at its limit without a word but the status', async () => {
    const query = (more: object) => send('POST', `/v1/data_sources/${base.id}/query`, more);
    let cursor: unknown;
    let seen = 0;
    let last: Record<string, unknown> = {};
    do {
      const { body } = await query(cursor === undefined ? {} : { start_cursor: cursor });
      seen += (body.results as unknown[]).length;
      cursor = body.next_cursor ?? undefined;
      last = body;
    } while (cursor !== undefined);
    expect(seen).toBe(250);
    expect(last).toMatchObject({ has_more: false, request_status: { type: 'incomplete' } });
    expect(await query({ page_size: 101 })).toMatchObject({ status: 400 });
    expect(await query({ pagesize: 10 })).toMatchObject({ status: 400 });
  });

  it('holds requests to the official description, and says which are not as it says', async () => {
    await send('POST', `/v1/data_sources/${base.id}/query`, { page_size: 10 });
    expect(server.violations).toEqual([]);
    await send('POST', `/v1/data_sources/${base.id}/query`, { page_size: 'ten' });
    expect(server.violations).toEqual([expect.stringContaining('page_size')]);
    await send('POST', '/v1/pages', { parent: { database_id: base.id }, properties: {} });
    expect(server.violations.join()).toContain('/parent');
  });

  it('says when to come back where there are too many requests', async () => {
    const busy = await startNotionServer({ perSecond: 2, token: server.token });
    const statuses = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const response = await fetch(`${busy.url}/v1/users/me`, {
          headers: { authorization: `Bearer ${busy.token}`, 'notion-version': '2025-09-03' },
        });
        return response.status === 429 ? response.headers.get('retry-after') : response.status;
      }),
    );
    await busy.close();
    expect(statuses.sort()).toEqual(['1', '1', '1', '1', 200, 200, 200, 200]);
  });
});
