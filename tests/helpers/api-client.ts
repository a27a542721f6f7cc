import { expect } from 'vitest';
import * as z from 'zod/mini';
import { problem } from '../../lib/contracts';
import { DAY, HOUR } from './clock';
import { accountRow, type Row } from './portfolio';
import { TEST_API_KEY } from './server';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** Requests to a server as a program makes them. */
export interface ApiClient {
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Sends, and parses the answer with the contract's schema: nothing missing, nothing that it does not name. */
  expect<Schema extends z.ZodMiniType>(
    schema: Schema,
    status: number,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<z.output<Schema>>;
  /** Expects a problem document (RFC 9457). */
  refused(
    status: number,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<z.output<typeof problem>>;
  /** Imports a file over HTTP. */
  upload(path: string, content: string | Buffer, type: string): Promise<Answer>;
}

/** @param credentials Headers of every request: an admin's key unless given. */
export function createApiClient(
  url: string,
  credentials: Record<string, string> = { authorization: `Bearer ${TEST_API_KEY}` },
): ApiClient {
  async function send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(new URL(path, url), {
      method,
      headers: { ...credentials, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
      redirect: 'manual',
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  return {
    send,
    async expect(schema, status, method, path, body) {
      const answer = await send(method, path, body);
      expect(answer.status, `${method} ${path}: ${answer.text.slice(0, 500)}`).toBe(status);
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const document = JSON.parse(answer.text) as unknown;
      const parsed = z.parse(schema, document);
      expect(parsed).toEqual(document);
      return parsed;
    },
    async refused(status, method, path, body, headers) {
      const answer = await send(method, path, body, headers);
      expect(answer.status, `${method} ${path}: ${answer.text.slice(0, 500)}`).toBe(status);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      const document = z.parse(problem, JSON.parse(answer.text));
      expect(document.status).toBe(status);
      expect(document.type).toBe(`urn:headroom:problem:${document.code}`);
      expect(answer.text).not.toMatch(/node_modules|SELECT |prisma|\bat .*\.ts:/i);
      return document;
    },
    upload: (path, content, type) => send('POST', path, content, { 'content-type': type }),
  };
}

/** {@link accountRow} with times around now, for a server whose clock is the real one. */
export function liveRow(id: string, more: Row = {}): Row {
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  return accountRow(id, {
    contract_start: at(-400 * DAY).slice(0, 10),
    renewal_date: at(300 * DAY).slice(0, 10),
    last_interaction_at: at(-4 * DAY),
    observed_at: at(-HOUR),
    ...more,
  });
}

export function liveOutgrowingRow(id: string, more: Row = {}): Row {
  return liveRow(id, { seats_active: '97', usage_trend: 'growing', ...more });
}
