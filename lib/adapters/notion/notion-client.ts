import type { Client } from '@notionhq/client';

/** The version whose databases have data sources. */
const NOTION_VERSION = '2025-09-03';
const TIMEOUT_MS = 30_000;
/** An answer of 100 rows with long texts; more is not what was asked for. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

export interface NotionClientOptions {
  token: string;
  baseUrl: string;
  /** Ends everything that is under way. */
  signal: AbortSignal;
  timeoutMs?: number;
}

export interface LoadedClient {
  client: Client;
  iterateAllDataSourceRows: typeof import('@notionhq/client').iterateAllDataSourceRows;
}

export async function loadClient({
  token,
  baseUrl,
  signal,
  timeoutMs = TIMEOUT_MS,
}: NotionClientOptions): Promise<LoadedClient> {
  const { Client, iterateAllDataSourceRows } = await import('@notionhq/client');
  const client = new Client({
    auth: token,
    baseUrl,
    notionVersion: NOTION_VERSION,
    // What may be tried again is decided here, where it is known what a request makes.
    retry: false,
    timeoutMs: timeoutMs + 5_000,
    // Its own would go to the console, with what Notion says.
    logger: () => {},
    fetch: async (url, init) => {
      const { method, headers, body } = init ?? {};
      const answer = await fetch(url, {
        ...(method === undefined ? {} : { method }),
        ...(headers === undefined ? {} : { headers }),
        ...(typeof body === 'string' ? { body } : {}),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      return { ok: answer.ok, status: answer.status, headers: answer.headers, text: () => readText(answer) };
    },
  });
  return { client, iterateAllDataSourceRows };
}

async function readText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) throw new Error('The answer is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
