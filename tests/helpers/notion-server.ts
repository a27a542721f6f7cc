import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readNotionDescription } from './notion-openapi';
import { checkBlocks, checkProperties, Refusal, toStored } from './notion-rules';
import {
  addProperties,
  BOT,
  cursorOf,
  invalid,
  list,
  matches,
  type NotionBase,
  type NotionProperty,
  type NotionRow,
  only,
  propertyId,
  type Sort,
  sortRows,
  toDataSource,
  toPage,
} from './notion-shapes';

/** What happens to a request: it is carried out or not, and answered or not. */
export interface NotionFault {
  /** `before`: nothing happens; `after`: it is carried out, and the answer is the fault's all the same. */
  effect: 'before' | 'after';
  /** `hang` never answers. */
  status: number | 'drop' | 'hang';
  retryAfter?: number;
}

export interface NotionServerOptions {
  clock?: () => Date;
  token?: string;
  /** How long after it was made a page shows up in queries, in milliseconds. */
  queryLagMs?: number;
  /** Rows at which a query stops. */
  queryLimit?: number;
  /** Refuses with 429 what is more than this a second, by the real clock; null lets everything pass. */
  perSecond?: number | null;
}

/** A fake of Notion that speaks its API strictly, and keeps the books. */
export interface NotionServer {
  url: string;
  /** Every request that came, in order, with its status once it is answered. */
  requests: { method: string; path: string; status: number | null; at: number; body: unknown }[];
  /** What was not as the official description says; nothing may ever be in here. */
  violations: string[];
  token: string;
  setToken(token: string): void;
  addBase(title: string, properties: readonly Omit<NotionProperty, 'id'>[]): NotionBase;
  addPage(title: string): string;
  /** A row as a person makes it; values as {@link value} makes them. */
  addRow(base: NotionBase, values: NotionRow['values'], more?: Partial<NotionRow>): NotionRow;
  /** A person changes it. */
  edit(row: NotionRow, values: NotionRow['values']): void;
  trash(row: NotionRow, inTrash?: boolean): void;
  base(id: string): NotionBase | undefined;
  bases(): NotionBase[];
  /** What happens to the next requests of a method and path, in order. */
  plan(operation: RegExp, ...faults: (NotionFault | null)[]): void;
  /** What happens to every one without a plan; null for all is well. */
  always(fault: NotionFault | null): void;
  /** The same, decided anew for each. */
  decide(choose: ((operation: string) => NotionFault | null) | null): void;
  close(): Promise<void>;
}

const VERSION = '2025-09-03';
const MAX_BODY = 500 * 1024;

export async function startNotionServer(options: NotionServerOptions = {}): Promise<NotionServer> {
  const { clock = () => new Date(), queryLagMs = 0, queryLimit = 10_000, perSecond = null } = options;
  const description = readNotionDescription();
  const bases = new Map<string, NotionBase>();
  const pages = new Map<string, { id: string; title: string; url: string }>();
  const requests: NotionServer['requests'] = [];
  const violations: string[] = [];
  const planned: { operation: RegExp; faults: (NotionFault | null)[] }[] = [];
  const recent: number[] = [];
  let standing: ((operation: string) => NotionFault | null) | null = null;
  let token = options.token ?? `ntn_${randomUUID().replaceAll('-', '')}`;

  /** Notion tells times to the minute. */
  const minute = () => new Date(Math.floor(clock().getTime() / 60_000) * 60_000).toISOString();

  const findRow = (id: string) => {
    for (const base of bases.values()) {
      const row = base.rows.find((each) => each.id === id);
      if (row && base.shared) return { base, row };
    }
    throw new Refusal(
      404,
      'object_not_found',
      `Could not find page with ID: ${id}. Make sure the relevant pages and databases are shared with your integration.`,
    );
  };
  const findBase = (id: string) => {
    const base = bases.get(id);
    if (base?.shared) return base;
    throw new Refusal(
      404,
      'object_not_found',
      `Could not find data_source with ID: ${id}. Make sure the relevant pages and databases are shared with your integration.`,
    );
  };

  type Body = Record<string, unknown>;
  const routes: [string, RegExp, (ids: string[], body: Body, query: URLSearchParams) => unknown][] = [
    [
      'GET',
      /^\/v1\/users\/me$/,
      () => ({
        object: 'user',
        id: BOT,
        name: 'Headroom',
        avatar_url: null,
        type: 'bot',
        bot: {
          owner: { type: 'workspace', workspace: true },
          workspace_name: 'Acme Success',
          workspace_id: randomUUID(),
        },
      }),
    ],
    [
      'POST',
      /^\/v1\/search$/,
      (_, body) => {
        only(body, ['query', 'filter', 'sort', 'start_cursor', 'page_size']);
        const { value } = body.filter as { value: string };
        const text = String(body.query ?? '').toLowerCase();
        const found =
          value === 'data_source'
            ? [...bases.values()]
                .filter((base) => base.shared && base.title.toLowerCase().includes(text))
                .map((base) => toDataSource(base, minute()))
            : [...pages.values()]
                .filter(({ title }) => title.toLowerCase().includes(text))
                .map((page) => ({
                  object: 'page',
                  id: page.id,
                  url: page.url,
                  created_time: minute(),
                  last_edited_time: minute(),
                  in_trash: false,
                  archived: false,
                  parent: { type: 'workspace', workspace: true },
                  properties: {
                    title: {
                      id: 'title',
                      type: 'title',
                      title: [{ type: 'text', plain_text: page.title, text: { content: page.title, link: null } }],
                    },
                  },
                }));
        return list(found, null);
      },
    ],
    ['GET', /^\/v1\/data_sources\/([^/]+)$/, ([id = '']) => toDataSource(findBase(id), minute())],
    [
      'PATCH',
      /^\/v1\/data_sources\/([^/]+)$/,
      ([id = ''], body) => {
        only(body, ['properties', 'title', 'in_trash']);
        const base = findBase(id);
        addProperties(base, body.properties as Body);
        return toDataSource(base, minute());
      },
    ],
    [
      'POST',
      /^\/v1\/data_sources\/([^/]+)\/query$/,
      ([id = ''], body, query) => {
        only(body, ['filter', 'sorts', 'start_cursor', 'page_size', 'in_trash', 'result_type']);
        const base = findBase(id);
        const size = Number(body.page_size ?? 100);
        if (!Number.isInteger(size) || size < 1 || size > 100) throw invalid('body.page_size should be ≤ `100`');
        const rows = base.rows.filter(
          (row) =>
            row.inTrash === (body.in_trash === true) &&
            row.madeAt + queryLagMs <= clock().getTime() &&
            matches(base, row, body.filter),
        );
        sortRows(rows, (body.sorts ?? []) as Sort[]);
        const from = body.start_cursor === undefined ? 0 : cursorOf(body.start_cursor);
        const until = Math.min(from + size, queryLimit, rows.length);
        const more = until < Math.min(rows.length, queryLimit);
        const stopped = rows.length > queryLimit && until >= queryLimit;
        const wanted = query.getAll('filter_properties').map(decodeURIComponent);
        const results = rows.slice(from, until).map((row) => {
          const page = toPage({ base, row });
          if (wanted.length > 0)
            page.properties = Object.fromEntries(
              Object.entries(page.properties).filter(([, value]) => wanted.includes(decodeURIComponent(value.id))),
            ) as typeof page.properties;
          return page;
        });
        return {
          ...list(results, more ? `cursor-${until}` : null),
          type: 'page_or_data_source',
          page_or_data_source: {},
          request_status: stopped
            ? { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' }
            : { type: 'complete' },
        };
      },
    ],
    [
      'POST',
      /^\/v1\/databases$/,
      (_, body) => {
        only(body, ['parent', 'title', 'initial_data_source', 'is_inline', 'description']);
        const { page_id } = body.parent as { page_id: string };
        if (!pages.has(page_id)) throw new Refusal(404, 'object_not_found', `Could not find page with ID: ${page_id}.`);
        const [first] = body.title as { text: { content: string } }[];
        const base: NotionBase = {
          id: randomUUID(),
          databaseId: randomUUID(),
          title: first?.text.content ?? '',
          parentPageId: page_id,
          shared: true,
          inTrash: false,
          properties: [],
          rows: [],
        };
        addProperties(base, (body.initial_data_source as { properties: Body }).properties);
        if (!base.properties.some(({ type }) => type === 'title'))
          base.properties.push({ id: 'title', name: 'Name', type: 'title' });
        bases.set(base.id, base);
        return {
          object: 'database',
          id: base.databaseId,
          title: body.title,
          data_sources: [{ id: base.id, name: base.title }],
          url: `https://www.notion.so/${base.databaseId}`,
          in_trash: false,
        };
      },
    ],
    [
      'POST',
      /^\/v1\/pages$/,
      (_, body) => {
        only(body, ['parent', 'properties', 'children', 'icon', 'cover']);
        const base = findBase((body.parent as { data_source_id: string }).data_source_id);
        const row: NotionRow = {
          id: randomUUID(),
          url: '',
          created: minute(),
          edited: minute(),
          inTrash: false,
          values: {},
          blocks: [],
          madeAt: clock().getTime(),
          by: 'bot',
        };
        row.url = `https://www.notion.so/${row.id.replaceAll('-', '')}`;
        write(base, row, body.properties as Body);
        if (body.children) row.blocks.push(...checkBlocks(body.children));
        base.rows.push(row);
        return toPage({ base, row });
      },
    ],
    ['GET', /^\/v1\/pages\/([^/]+)$/, ([id = '']) => toPage(findRow(id))],
    [
      'PATCH',
      /^\/v1\/pages\/([^/]+)$/,
      ([id = ''], body) => {
        only(body, ['properties', 'in_trash', 'erase_content', 'icon', 'cover']);
        const { base, row } = findRow(id);
        if (row.inTrash && body.in_trash !== false)
          throw invalid("Can't edit block that is archived. You must unarchive the block before editing.");
        write(base, row, (body.properties ?? {}) as Body);
        if (body.erase_content === true) row.blocks = [];
        if (typeof body.in_trash === 'boolean') row.inTrash = body.in_trash;
        row.edited = minute();
        row.by = 'bot';
        return toPage({ base, row });
      },
    ],
    [
      'GET',
      /^\/v1\/blocks\/([^/]+)\/children$/,
      ([id = ''], _, query) => {
        const { row } = findRow(id);
        const size = Number(query.get('page_size') ?? 100);
        const from = query.has('start_cursor') ? cursorOf(query.get('start_cursor')) : 0;
        const results = row.blocks
          .slice(from, from + size)
          .map((block) => ({ object: 'block', id: randomUUID(), ...block }));
        return {
          ...list(results, from + size < row.blocks.length ? `cursor-${from + size}` : null),
          type: 'block',
          block: {},
        };
      },
    ],
    [
      'PATCH',
      /^\/v1\/blocks\/([^/]+)\/children$/,
      ([id = ''], body) => {
        only(body, ['children', 'after', 'position']);
        const { row } = findRow(id);
        if (row.inTrash) throw invalid("Can't edit block that is archived.");
        const blocks = checkBlocks(body.children);
        row.blocks.push(...blocks);
        row.edited = minute();
        return {
          ...list(
            blocks.map((block) => ({ object: 'block', id: randomUUID(), ...block })),
            null,
          ),
          type: 'block',
          block: {},
        };
      },
    ],
  ];

  function write(base: NotionBase, row: NotionRow, properties: Body): void {
    checkProperties(base, properties);
    for (const [key, value] of Object.entries(properties)) {
      const property = base.properties.find(({ name, id }) => name === key || id === key);
      if (property) row.values[property.name] = toStored(property, value as Record<string, unknown>);
    }
  }

  function judgeRate(): void {
    if (perSecond === null) return;
    const now = performance.now();
    while (recent[0] !== undefined && recent[0] <= now - 1_000) recent.shift();
    // Some more at once than the average is let pass.
    if (recent.length >= perSecond * 2)
      throw new Refusal(429, 'rate_limited', 'You have been rate limited. Please try again in a few minutes.', 1);
    recent.push(now);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://notion.test');
    const text = await readBody(request);
    const method = request.method ?? '';
    const entry: NotionServer['requests'][number] = {
      method,
      path: url.pathname,
      status: null,
      at: performance.now(),
      body: null,
    };
    requests.push(entry);
    const operation = `${method} ${url.pathname}`;
    const plan = planned.find((each) => each.operation.test(operation) && each.faults.length > 0);
    const fault = plan ? (plan.faults.shift() ?? null) : (standing?.(operation) ?? null);
    if (fault?.effect === 'before') return fail(fault, entry, response);
    let answer: { status: number; body: unknown; retryAfter?: number };
    try {
      const body = text === '' ? {} : readJson(text);
      entry.body = body;
      checkHead(request, text);
      judgeRate();
      if (text !== '') violations.push(...description.check(method, url.pathname, 'request', body));
      const [, , run] = routes.find(([verb, path]) => verb === method && path.test(url.pathname)) ?? [];
      if (!run) throw new Refusal(400, 'invalid_request_url', 'Invalid request URL.');
      const ids =
        routes
          .find(([verb, path]) => verb === method && path.test(url.pathname))?.[1]
          .exec(url.pathname)
          ?.slice(1) ?? [];
      answer = { status: 200, body: run(ids, body, url.searchParams) };
      violations.push(...description.check(method, url.pathname, 200, answer.body));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, code, message, retryAfter } = error;
      answer = {
        status,
        body: { object: 'error', status, code, message, request_id: randomUUID() },
        ...(retryAfter ? { retryAfter } : {}),
      };
    }
    if (fault) return fail(fault, entry, response);
    entry.status = answer.status;
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      ...(answer.retryAfter ? { 'retry-after': String(answer.retryAfter) } : {}),
    });
    response.end(JSON.stringify(answer.body));
  }

  function checkHead({ headers, method }: IncomingMessage, text: string): void {
    if (headers.authorization !== `Bearer ${token}`) throw new Refusal(401, 'unauthorized', 'API token is invalid.');
    if (headers['notion-version'] !== VERSION)
      throw new Refusal(400, 'missing_version', 'Notion-Version header should be defined.');
    if (text !== '' && !/^application\/json\b/.test(headers['content-type'] ?? ''))
      throw new Refusal(400, 'invalid_json', 'Error parsing JSON body.');
    if (method === 'GET' && text !== '') throw new Refusal(400, 'invalid_request', 'A GET has no body.');
    if (Buffer.byteLength(text) > MAX_BODY)
      throw new Refusal(413, 'validation_error', 'The body is larger than 500 KB.');
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      violations.push(`The server failed: ${String((error as Error).stack)}`);
      response.writeHead(500).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    violations,
    get token() {
      return token;
    },
    setToken(next) {
      token = next;
    },
    addBase(title, properties) {
      const base: NotionBase = {
        ...{
          id: randomUUID(),
          databaseId: randomUUID(),
          title,
          parentPageId: null,
          shared: true,
          inTrash: false,
          rows: [],
        },
        properties: properties.map((property) => ({
          ...property,
          id: property.type === 'title' ? 'title' : propertyId(),
        })),
      };
      bases.set(base.id, base);
      return base;
    },
    addPage(title) {
      const id = randomUUID();
      pages.set(id, { id, title, url: `https://www.notion.so/${id.replaceAll('-', '')}` });
      return id;
    },
    addRow(base, values, more = {}) {
      const id = more.id ?? randomUUID();
      const url = `https://www.notion.so/${id.replaceAll('-', '')}`;
      const row: NotionRow = {
        id,
        url,
        created: minute(),
        edited: minute(),
        inTrash: false,
        values,
        blocks: [],
        madeAt: 0,
        by: 'person',
        ...more,
      };
      base.rows.push(row);
      return row;
    },
    edit(row, values) {
      Object.assign(row.values, values);
      row.edited = minute();
      row.by = 'person';
    },
    trash(row, inTrash = true) {
      row.inTrash = inTrash;
      row.edited = minute();
    },
    base: (id) => bases.get(id),
    bases: () => [...bases.values()],
    plan(operation, ...faults) {
      planned.push({ operation, faults });
    },
    always(fault) {
      standing = () => fault;
    },
    decide(choose) {
      standing = choose;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function fail(fault: NotionFault, entry: NotionServer['requests'][number], response: ServerResponse): void {
  if (fault.status === 'hang') return;
  if (fault.status === 'drop') {
    response.destroy();
    return;
  }
  entry.status = fault.status;
  const code =
    fault.status === 429 ? 'rate_limited' : fault.status === 503 ? 'service_unavailable' : 'internal_server_error';
  response.writeHead(fault.status, {
    'content-type': 'application/json',
    ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }),
  });
  response.end(JSON.stringify({ object: 'error', status: fault.status, code, message: 'Try again later.' }));
}

function readJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Refusal(400, 'invalid_json', 'Error parsing JSON body.');
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
