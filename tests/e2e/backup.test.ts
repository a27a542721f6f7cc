import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DispatchItem, OpportunityList } from '../../lib/contracts';
import { type ApiClient, createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { removeDirectory, temporaryDirectory } from '../helpers/database';
import { eventually } from '../helpers/eventually';
import { csv } from '../helpers/portfolio';
import { startServer, type TestServer } from '../helpers/server';

const ACCOUNTS = 90;

let directory: string;
let server: TestServer;
let api: ApiClient;

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startServer();
  api = createApiClient(server.url);
  const rows = Array.from({ length: ACCOUNTS }, (_, index) => liveOutgrowingRow(`a-${index}`));
  await api.upload('/api/v1/accounts/import', csv(rows), 'text/csv');
});
afterAll(async () => {
  await server.stop();
  await removeDirectory(directory);
});

/** A command as a person or a timer runs it. */
async function run(script: string, args: string[], dataDir: string): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`, ...args], {
    env: { ...process.env, HEADROOM_DATA_DIR: dataDir, DATABASE_URL: '', PORT: '0' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

async function openOpportunities(): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path = `/api/v1/opportunities?status=open&limit=100${cursor ? `&cursor=${cursor}` : ''}`;
    const page = JSON.parse((await api.send('GET', path)).text) as OpportunityList;
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  return ids;
}

it('backs up a desk under load, does not restore over it, and another one starts from the backup', async () => {
  const ids = await eventually(async () => {
    const found = await openOpportunities();
    return found.length === ACCOUNTS ? found : null;
  }, 'the opportunities');
  const acknowledged: string[] = [];
  let backingUp = true;
  const load = (async () => {
    for (const opportunityId of ids) {
      const { status, text } = await api.send('POST', '/api/v1/dispatches', { opportunityId });
      expect(status).toBe(201);
      acknowledged.push((JSON.parse(text) as DispatchItem).id);
      // The last ones only come when the backup is done: there is writing all the while.
      if (acknowledged.length > 20 && backingUp) await new Promise((resolve) => setTimeout(resolve, 30));
    }
  })();
  await eventually(() => acknowledged.length > 10, 'the load');
  const before = [...acknowledged];
  const made = await run('backup', [`${directory}/`], server.dataDir);
  backingUp = false;
  expect(made, made.output).toMatchObject({ code: 0 });
  expect(acknowledged.length).toBeGreaterThan(before.length);
  await load;
  const [name = '', ...more] = await readdir(directory);
  expect(more).toEqual([]);
  const file = path.join(directory, name);

  const refused = await run('restore', [file], server.dataDir);
  expect(refused.code).toBe(2);
  expect(refused.output).toMatch(/is in use[\s\S]*Stop it first/);
  expect((await api.send('GET', '/api/readyz')).status).toBe(200);
  const checked = await run('restore', [file, '--check'], server.dataDir);
  expect(checked, checked.output).toMatchObject({ code: 0 });

  const elsewhere = path.join(directory, 'elsewhere');
  const restored = await run('restore', [file], elsewhere);
  expect(restored, restored.output).toMatchObject({ code: 0 });
  const other = await startServer({ dataDir: elsewhere });
  try {
    const client = createApiClient(other.url);
    for (const id of before) {
      const { status, text } = await client.send('GET', `/api/v1/dispatches/${id}`);
      expect(status).toBe(200);
      expect(JSON.parse(text)).toMatchObject({ state: 'drafted' });
      expect((await client.send('GET', `/api/v1/dispatches/${id}/draft?format=eml`)).status).toBe(200);
    }
    // All that the backup cut off goes on by itself, and the rest is dispatched again: once each.
    for (const opportunityId of ids) await client.send('POST', '/api/v1/dispatches', { opportunityId });
    await eventually(async () => {
      const { text } = await client.send('GET', '/api/v1/workspace');
      return (JSON.parse(text) as { dispatches: number }).dispatches === ACCOUNTS;
    }, 'every dispatch');
  } finally {
    expect(await other.stop()).toBe(0);
  }
});
