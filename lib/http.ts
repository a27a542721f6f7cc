import { randomUUID } from 'node:crypto';
import type * as core from 'zod/v4/core';
import { safeParse } from 'zod/v4/core';
import type { Origin } from './access/access';
import type { Identified } from './access/identity';
import type { LimitClass, RateState } from './access/rate-limits';
import type { GateCheck, Problem } from './contracts';
import {
  type AccessRule,
  actorOf,
  may,
  type Permission,
  ROUTES,
  type RouteName,
  scopeOf,
  type Viewer,
} from './domain/access';
import { holding } from './domain/gates';
import { AppError, databaseOutOfReach, type ErrorCode, type FieldIssue, isAppError } from './errors';
import type { Reads } from './reads';
import { getRuntime, type Runtime } from './runtime';
import { unstorableText } from './unstorable-text';

/** What a handler is given: parsed and validated, nothing raw. */
export interface RouteInput<Query, Body> {
  runtime: Runtime;
  /** Narrowed to what who asks may see. */
  reads: Reads;
  request: Request;
  params: Record<string, string>;
  query: Query;
  body: Body;
  /** Who asks; null on a public route where nobody is signed in. */
  viewer: Viewer | null;
  /** The session that the request came with. */
  sessionId: string | null;
  /** How who asks is written down. */
  actor: string;
  origin: Origin;
  /** Adds to what the audit log will say of this request; no names or addresses of people, no secrets. */
  note(detail: Record<string, unknown>, subject?: { type: string; id: string }): void;
}

export interface RouteSchemas<Query extends core.$ZodType, Body extends core.$ZodType> {
  query?: Query;
  /** Read as JSON. Without it the handler reads the request's body itself, or there is none. */
  body?: Body;
  /** Largest JSON body in bytes. */
  maxBytes?: number;
  /** What the request counts against; by its method unless given. */
  limit?: LimitClass;
}

const STATUS: Record<ErrorCode, number> = {
  invalid_input: 400,
  unknown_task_type: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gated: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  too_many_requests: 429,
  internal: 500,
  mail_rejected: 502,
  mail_unavailable: 502,
  mail_reconnect: 502,
  outcome_unknown: 502,
  notion_rejected: 502,
  notion_unavailable: 502,
  notion_reconnect: 502,
  notion_missing: 502,
  unavailable: 503,
  database: 503,
  timeout: 504,
};

const TITLES: Record<number, string> = {
  400: 'The request is not valid',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  409: 'It cannot be done in this state',
  413: 'The body is too large',
  415: 'The content type is not supported',
  429: 'Too many requests',
  500: 'Something went wrong on the server',
  502: 'The mailbox or service outside refused or did not answer',
  503: 'The server cannot do this now',
  504: 'It took too long',
};

/** When to come back where the server cannot do something now and has not said until when. */
const RETRY_AFTER_SECONDS = 5;
const DEFAULT_MAX_BYTES = 1024 * 1024;

type Context = { params: Promise<Record<string, string | string[]>> };

/**
 * The one frame of every route: finds out who asks and whether they may, validates query and body, runs the handler on
 * the desk, writes the audit log, and turns every error into a problem document (RFC 9457) with a request id that is in
 * the log. Internals never leave.
 * @param name method and path of the route in the table of permissions.
 */
export function withRoute<
  Query extends core.$ZodType = core.$ZodUnknown,
  Body extends core.$ZodType = core.$ZodUnknown,
>(
  name: RouteName,
  schemas: RouteSchemas<Query, Body>,
  handler: (input: RouteInput<core.output<Query>, core.output<Body>>) => Promise<Response>,
): (request: Request, context: Context) => Promise<Response> {
  const rule: AccessRule = ROUTES[name];
  const limit = schemas.limit ?? (name.startsWith('GET ') ? 'read' : 'write');
  return async (request, context) => {
    const requestId = randomUUID();
    try {
      const runtime = await getRuntime();
      const { access } = runtime;
      const origin = originOf(request, requestId);
      const identified = await access.identify(request.headers);
      checkOrigin(request, identified, runtime.config.publicUrls);
      const counted = identified ? actorOf(identified.viewer) : `ip:${origin.ip ?? 'unknown'}`;
      const rate = await access.limits.take(limit, limit === 'sign_in' ? `ip:${origin.ip ?? 'unknown'}` : counted);
      if (rule.needs !== 'public') requirePermission(identified?.viewer ?? null, rule.needs);
      const query = parse(schemas.query ?? NO_QUERY, readQuery(request)) as core.output<Query>;
      const params = ((await context.params) ?? {}) as Record<string, string>;
      checkText(params);
      const body = schemas.body
        ? parse(schemas.body, await readJson(request, schemas.maxBytes ?? DEFAULT_MAX_BYTES))
        : (undefined as core.output<Body>);
      const viewer = identified?.viewer ?? null;
      const actor = viewer ? actorOf(viewer) : 'anonymous';
      const audited = { detail: {} as Record<string, unknown>, subject: subjectOf(name, params) };
      const response = await handler({
        runtime,
        reads: runtime.readsFor(viewer ? scopeOf(viewer) : NOTHING),
        request,
        params,
        query,
        body,
        viewer,
        sessionId: identified?.sessionId ?? null,
        actor,
        origin,
        note(detail, subject) {
          Object.assign(audited.detail, detail);
          if (subject) audited.subject = subject;
        },
      });
      if (rule.audit && response.status < 400) {
        await access.audit.record({ actor, action: rule.audit, ip: origin.ip, requestId, ...audited });
      }
      response.headers.set('x-request-id', requestId);
      if (!response.headers.has('content-security-policy')) response.headers.set('content-security-policy', INERT);
      describeRate(response.headers, rate);
      return response;
    } catch (error) {
      await discard(request);
      if (isAppError(error) && error.code === 'forbidden') {
        await logRefusal(name, request, requestId).catch(() => undefined);
      }
      return problemResponse(error, requestId, request);
    }
  };
}

/** An answer that a browser is made to open as a page runs and loads nothing. */
const INERT = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** Nobody has the empty address: a public route that reads all the same gets nothing. */
const NOTHING = { repEmail: '' };

/** Somebody tried what their role does not include: worth a line, with who it was. */
async function logRefusal(route: RouteName, request: Request, requestId: string): Promise<void> {
  const { access, log } = await getRuntime();
  const found = await access.identify(request.headers);
  log.warn({ requestId, route, actor: found ? actorOf(found.viewer) : 'anonymous' }, 'Access was refused');
}

/** For what one route allows to some of those it lets in. @throws AppError `unauthenticated`, `forbidden`. */
export function requirePermission(viewer: Viewer | null, permission: Permission): asserts viewer {
  if (!viewer) {
    throw new AppError('unauthenticated', 'This needs a sign-in, or an API key in the Authorization header.');
  }
  if (may(viewer, permission)) return;
  const { kind, role } = viewer;
  throw new AppError('forbidden', `The role ${role} of this ${kind} does not allow it.`, {
    remedy: 'An admin can change the role.',
  });
}

/** The record that a path names: `/users/[id]` is a user. */
function subjectOf(name: RouteName, params: Record<string, string>): { type: string; id: string } | null {
  const id = params.id ?? params.agent;
  const [, collection = ''] = /^\w+ \/api\/v1\/([\w-]+)\/\[/.exec(name) ?? [];
  const type = SUBJECTS[collection];
  return id === undefined || type === undefined ? null : { type, id };
}

const SUBJECTS: Record<string, string | undefined> = {
  accounts: 'account',
  agents: 'agent',
  'api-keys': 'api_key',
  dispatches: 'dispatch',
  invitations: 'invitation',
  mailboxes: 'mailbox',
  notices: 'notice',
  opportunities: 'opportunity',
  sessions: 'session',
  users: 'user',
  webhooks: 'webhook',
};

function originOf(request: Request, requestId: string): Origin {
  const { headers } = request;
  return { ip: headers.get('x-headroom-client-ip'), userAgent: headers.get('user-agent'), requestId };
}

/** https://www.rfc-editor.org/rfc/rfc9110#field.retry-after and the fields in common use for what is left. */
function describeRate(headers: Headers, { limit, remaining, resetSeconds }: RateState): void {
  headers.set('ratelimit-limit', String(limit));
  headers.set('ratelimit-remaining', String(remaining));
  headers.set('ratelimit-reset', String(resetSeconds));
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

/** An answer without content. */
export function done(): Response {
  return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
}

/** Adds cookies to an answer. */
export function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
}

/** An answer for gates that hold, with all of them. */
export function gatedResponse(gates: GateCheck[]): Response {
  const failing = holding(gates).map((gate) => gate.message);
  return problem({
    ...describe('gated', 409),
    detail: failing.join(' · '),
    remedy: 'Dispatch it all the same with override.reason, which is logged.',
    gates,
  });
}

/**
 * Any page that a browser has open could post to the desk with the browser's cookie; only the desk's own pages may. A
 * request with an API key carries no cookie, so its origin does not matter.
 */
function checkOrigin(request: Request, identified: Identified | null, publicUrls: readonly string[]): void {
  if (request.method === 'GET' || request.method === 'HEAD' || identified?.viewer.kind === 'key') return;
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  const own = origin === null || hostOf(origin) === request.headers.get('host') || publicUrls.includes(origin);
  if (own && (site === null || site === 'same-origin' || site === 'none')) return;
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
  const body = await readBody(request, maxBytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
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
  checkText(value);
  const parsed = safeParse(schema, value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.flatMap(toFieldIssues));
}

/** Wherever it stands, text that could not be stored is refused by name. */
function checkText(value: unknown): void {
  const paths = unstorableText(value);
  if (paths.length === 0) return;
  throw invalid(paths.map((path) => ({ path, message: 'contains NUL or half a character, which is no text' })));
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
    const answer = problem({
      ...describe(error.code, status),
      detail: error.message,
      requestId,
      ...(error.remedy ? { remedy: error.remedy } : {}),
      ...(error.issues.length > 0 ? { errors: [...error.issues] } : {}),
    });
    const retryAfter = error.retryAfterSeconds ?? (status === 503 ? RETRY_AFTER_SECONDS : undefined);
    if (retryAfter !== undefined) answer.headers.set('retry-after', String(retryAfter));
    if (status === 401) answer.headers.set('www-authenticate', 'Bearer realm="Headroom"');
    return answer;
  }
  const outOfReach = databaseOutOfReach(error);
  const path = new URL(request.url).pathname;
  const fields = { requestId, method: request.method, path, err: error };
  void getRuntime().then(
    ({ log }) =>
      outOfReach ? log.warn(fields, 'The database could not be used') : log.error(fields, 'A request failed'),
    () => process.stderr.write(`${JSON.stringify({ level: 50, requestId, path, msg: String(error) })}\n`),
  );
  return outOfReach
    ? problemResponse(outOfReach, requestId, request)
    : problem({ ...describe('internal', 500), requestId });
}

function describe(code: string, status: number): Pick<Problem, 'type' | 'title' | 'status' | 'code'> {
  return { type: `urn:headroom:problem:${code}`, title: TITLES[status] ?? 'Error', status, code };
}

function problem(document: Problem): Response {
  return new Response(JSON.stringify(document), {
    status: document.status,
    headers: {
      'content-type': 'application/problem+json',
      'content-security-policy': INERT,
      'cache-control': 'no-store',
      ...(document.requestId ? { 'x-request-id': document.requestId } : {}),
    },
  });
}
