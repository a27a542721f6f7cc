import type * as z from 'zod/mini';
import type { Problem } from '@/lib/contracts';

const BASE = '/api/v1';

type Contracts = typeof import('@/lib/contracts');
/** Picks the answer's schema: `(contracts) => contracts.opportunityList`. */
type SchemaPick<S> = (contracts: Contracts) => S | Promise<S>;

/** The contracts and their parser come with the first request, not with the page: 20 KB that no first paint needs. */
export function loadContracts(): Promise<Contracts> {
  return import('@/lib/contracts');
}

/** A failed request, with the server's problem document where it sent one. Tell it apart with {@link isApiError}. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: string | undefined;
  readonly requestId: string | undefined;
  readonly gates: NonNullable<Problem['gates']>;
  readonly fields: NonNullable<Problem['errors']>;

  constructor(document: Problem, cause?: unknown) {
    super(document.detail ?? document.title, cause === undefined ? undefined : { cause });
    this.name = 'ApiError';
    this.status = document.status;
    this.code = document.code;
    this.remedy = document.remedy;
    this.requestId = document.requestId;
    this.gates = document.gates ?? [];
    this.fields = document.errors ?? [];
  }
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && error.name === 'ApiError' && 'status' in error;
}

/** @param path Below `/api/v1`, e.g. `/opportunities?status=open`. */
export function apiGet<S extends z.ZodMiniType>(
  path: string,
  schema: SchemaPick<S>,
  options: { signal?: AbortSignal } = {},
): Promise<z.output<S>> {
  return request(path, schema, { method: 'GET', signal: options.signal ?? null });
}

/** Sends `body` as JSON (left out where undefined), or as it is where it is form data or a file. */
export function apiSend<S extends z.ZodMiniType>(
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  body: unknown,
  schema: SchemaPick<S>,
  options: { signal?: AbortSignal; headers?: Record<string, string> } = {},
): Promise<z.output<S>> {
  const raw = body instanceof FormData || body instanceof Blob;
  return request(path, schema, {
    method,
    signal: options.signal ?? null,
    headers: { ...(raw || body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
    body: body === undefined ? null : raw ? body : JSON.stringify(body),
  });
}

/** A query string without empty values; lists become comma-separated. Starts with `?`, or is empty. */
export function queryString(values: Record<string, string | number | readonly string[] | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    const written = Array.isArray(value) ? value.join(',') : value;
    if (written !== null && written !== undefined && written !== '') search.set(key, String(written));
  }
  const written = search.toString();
  return written === '' ? '' : `?${written}`;
}

async function request<S extends z.ZodMiniType>(
  path: string,
  schema: SchemaPick<S>,
  init: RequestInit,
): Promise<z.output<S>> {
  let response: Response;
  let contracts: Contracts;
  try {
    [response, contracts] = await Promise.all([
      fetch(BASE + path, { ...init, headers: { accept: 'application/json', ...init.headers } }),
      loadContracts(),
    ]);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(
      {
        type: 'about:blank',
        title: 'Headroom cannot be reached.',
        status: 0,
        code: 'unreachable',
        remedy: 'Check the connection and that the server is running, then try again.',
      },
      error,
    );
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(readProblem(contracts, response, body));
  const parsed = (await schema(contracts)).safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ApiError(
    {
      type: 'about:blank',
      title: 'The server answered in a form that this page does not know.',
      status: response.status,
      code: 'unexpected_answer',
      remedy: 'Reload the page: it may be older than the server.',
      requestId: response.headers.get('x-request-id') ?? undefined,
    },
    parsed.error,
  );
}

function readProblem(contracts: Contracts, response: Response, body: unknown): Problem {
  const parsed = contracts.problem.safeParse(body);
  if (parsed.success) return parsed.data;
  return {
    type: 'about:blank',
    title: `The server answered ${response.status}.`,
    status: response.status,
    code: 'unknown',
    requestId: response.headers.get('x-request-id') ?? undefined,
  };
}
