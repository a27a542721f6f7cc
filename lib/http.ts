import { randomUUID } from 'node:crypto';
import type * as core from 'zod/v4/core';
import { safeParse } from 'zod/v4/core';
import type { GateCheck, Problem } from './contracts';
import { AppError, type ErrorCode, type FieldIssue, isAppError } from './errors';
import { getRuntime, type Runtime } from './runtime';

/** What a handler is given: parsed and validated, nothing raw. */
export interface RouteInput<Query, Body> {
  runtime: Runtime;
  request: Request;
  params: Record<string, string>;
  query: Query;
  body: Body;
  /** Who asks. Until there is sign-in, the one person at this machine. */
  actor: string;
}

export interface RouteSchemas<Query extends core.$ZodType, Body extends core.$ZodType> {
  query?: Query;
  /** Read as JSON. Without it the handler reads the request's body itself, or there is none. */
  body?: Body;
  /** Largest JSON body in bytes. */
  maxBytes?: number;
}

const STATUS: Record<ErrorCode, number> = {
  invalid_input: 400,
  unknown_task_type: 400,
  not_found: 404,
  conflict: 409,
  gated: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  internal: 500,
  mail_rejected: 502,
  mail_unavailable: 502,
  outcome_unknown: 502,
  unavailable: 503,
  database: 503,
  timeout: 504,
};

const TITLES: Record<number, string> = {
  400: 'The request is not valid',
  403: 'Not allowed',
  404: 'Not found',
  409: 'It cannot be done in this state',
  413: 'The body is too large',
  415: 'The content type is not supported',
  500: 'Something went wrong on the server',
  502: 'The mailbox refused or did not answer',
  503: 'The server cannot do this now',
  504: 'It took too long',
};

const DEFAULT_MAX_BYTES = 1024 * 1024;

type Context = { params: Promise<Record<string, string | string[]>> };

/**
 * The one frame of every route: validates query and body, runs the handler on the desk, and turns every error into a
 * problem document (RFC 9457) with a request id that is in the log. Internals never leave.
 */
export function withRoute<
  Query extends core.$ZodType = core.$ZodUnknown,
  Body extends core.$ZodType = core.$ZodUnknown,
>(
  schemas: RouteSchemas<Query, Body>,
  handler: (input: RouteInput<core.output<Query>, core.output<Body>>) => Promise<Response>,
): (request: Request, context: Context) => Promise<Response> {
  return async (request, context) => {
    const requestId = randomUUID();
    try {
      checkOrigin(request);
      const query = parse(schemas.query ?? NO_QUERY, readQuery(request)) as core.output<Query>;
      const params = (await context.params) as Record<string, string>;
      const body = schemas.body
        ? parse(schemas.body, await readJson(request, schemas.maxBytes ?? DEFAULT_MAX_BYTES))
        : (undefined as core.output<Body>);
      const runtime = await getRuntime();
      const response = await handler({ runtime, request, params, query, body, actor: 'local user' });
      response.headers.set('x-request-id', requestId);
      return response;
    } catch (error) {
      await discard(request);
      return problemResponse(error, requestId, request);
    }
  };
}

/** An answer before the end of an upload would leave the client's connection stuck: what nobody read is dropped. */
async function discard(request: Request): Promise<void> {
  if (!request.body || request.bodyUsed || request.body.locked) return;
  await request.body.pipeTo(new WritableStream()).catch(() => undefined);
}

/** JSON that a shared cache must not keep. */
export function json(data: unknown, status = 200): Response {
  return Response.json(data, { status, headers: { 'cache-control': 'no-store' } });
}

/** The same for what is JSON text already. */
export function jsonText(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } });
}

/** An answer for gates that hold, with all of them. */
export function gatedResponse(gates: GateCheck[]): Response {
  const failing = gates.filter((gate) => !gate.passed).map((gate) => gate.message);
  return problem({
    ...describe('gated', 409),
    detail: failing.join(' · '),
    remedy: 'Dispatch it all the same with override.reason, which is logged.',
    gates,
  });
}

/** Any page that a browser has open could post to this machine; only the desk's own pages may. */
function checkOrigin(request: Request): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  if ((origin === null || hostOf(origin) === request.headers.get('host')) && (site === null || site !== 'cross-site'))
    return;
  throw new OriginError();
}

class OriginError extends Error {
  override name = 'OriginError';
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

/** A parameter given twice is a list, as if separated by commas. */
function readQuery(request: Request): Record<string, string> {
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [key, value] of new URL(request.url).searchParams) {
    query[key] = query[key] === undefined ? value : `${query[key]},${value}`;
  }
  return { ...query };
}

async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type)) {
    throw new AppError('unsupported_media_type', 'Send the body as application/json.');
  }
  const text = new TextDecoder().decode(await readBody(request, maxBytes));
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new AppError('invalid_input', `The body is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    // Read to its end all the same, see `discard`.
    if (size <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > maxBytes) {
    throw new AppError('payload_too_large', `The body is larger than ${Math.round(maxBytes / 1024)} KB.`);
  }
  return Buffer.concat(chunks);
}

/** A route without a query schema takes no parameters at all. */
const NO_QUERY: core.$ZodType | null = null;

function parse<Schema extends core.$ZodType>(schema: Schema | null, value: unknown): core.output<Schema> {
  if (schema === null) {
    const unknown = Object.keys(value as object);
    if (unknown.length === 0) return undefined as core.output<Schema>;
    throw invalid(unknown.map((path) => ({ path, message: 'unknown parameter' })));
  }
  const parsed = safeParse(schema, value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.flatMap(toFieldIssues));
}

function invalid(issues: FieldIssue[]): AppError {
  return new AppError('invalid_input', issues.map(({ path, message }) => `${path || 'body'}: ${message}`).join('; '), {
    issues,
  });
}

function toFieldIssues(issue: core.$ZodIssue): FieldIssue[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: path ? `${path}.${key}` : key, message: 'unknown field' }));
  }
  return [{ path, message: issue.message }];
}

function problemResponse(error: unknown, requestId: string, request: Request): Response {
  if (error instanceof OriginError) {
    return problem({ ...describe('forbidden', 403), detail: 'The request comes from another site.', requestId });
  }
  if (isAppError(error)) {
    const status = STATUS[error.code];
    return problem({
      ...describe(error.code, status),
      detail: error.message,
      requestId,
      ...(error.remedy ? { remedy: error.remedy } : {}),
      ...(error.issues.length > 0 ? { errors: [...error.issues] } : {}),
    });
  }
  const path = new URL(request.url).pathname;
  void getRuntime().then(
    (runtime) => runtime.log.error({ requestId, method: request.method, path, err: error }, 'A request failed'),
    () => process.stderr.write(`${JSON.stringify({ level: 50, requestId, path, msg: String(error) })}\n`),
  );
  return problem({ ...describe('internal', 500), requestId });
}

function describe(code: string, status: number): Pick<Problem, 'type' | 'title' | 'status' | 'code'> {
  return { type: `urn:headroom:problem:${code}`, title: TITLES[status] ?? 'Error', status, code };
}

function problem(document: Problem): Response {
  return new Response(JSON.stringify(document), {
    status: document.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(document.requestId ? { 'x-request-id': document.requestId } : {}),
    },
  });
}
