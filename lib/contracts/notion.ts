/** Accounts from Notion, and what the desk writes there. */
import * as z from 'zod/mini';

const id = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i, 'must be the id of a page or database'));
const place = z.object({ id: z.string(), title: z.string(), url: z.string() });
const mappedProperty = z.object({ id: z.string(), name: z.string(), type: z.string() });
export const notionTarget = z.enum(['health', 'expansion', 'review']);

const problem = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.nullable(z.string()),
  since: z.string(),
});

/** `GET /notion`: the connection, what was chosen, and how far reading and writing are. */
export const notionOverview = z.object({
  /** `not_connected`; `not_chosen`: no accounts database yet; `problem`: the directions say what. */
  state: z.enum(['not_connected', 'not_chosen', 'connected', 'problem']),
  workspace: z.nullable(z.string()),
  connectedAt: z.nullable(z.string()),
  accounts: z.nullable(place),
  /** By column of an account. */
  mapping: z.record(z.string(), mappedProperty),
  writesHealth: z.boolean(),
  targets: z.object({ health: z.nullable(place), expansion: z.nullable(place), review: z.nullable(place) }),
  pull: z.object({
    problem: z.nullable(problem),
    lastAt: z.nullable(z.string()),
    /** The run that is under way here. */
    runId: z.nullable(z.string()),
    pages: z.object({ linked: z.int(), refused: z.int(), conflict: z.int(), gone: z.int() }),
  }),
  push: z.object({
    problem: z.nullable(problem),
    lastAt: z.nullable(z.string()),
    waiting: z.int(),
    failed: z.int(),
    /** When the oldest that waits was noticed. */
    oldestAt: z.nullable(z.string()),
  }),
});

/** An internal integration's token: `ntn_…`, before 2024 `secret_…`. */
export const notionConnectRequest = z.strictObject({
  token: z.string().check(z.trim(), z.regex(/^[\x21-\x7e]{20,500}$/, 'must be the integration’s secret, in one piece')),
});

export const notionPlaceQuery = z.strictObject({
  kind: z.enum(['data_source', 'page']),
  text: z.optional(z.string().check(z.trim(), z.maxLength(200))),
});
export const notionPlaces = z.object({ items: z.array(place) });

/** Column → id of the property that it is read from. */
const mapping = z.record(z.string().check(z.maxLength(100)), z.string().check(z.minLength(1), z.maxLength(200)));

/** `POST /notion/preview`: without a mapping, with the one that is proposed. */
export const notionPreviewRequest = z.strictObject({ dataSourceId: id, mapping: z.optional(mapping) });
export const notionPreview = z.object({
  database: place,
  properties: z.array(mappedProperty),
  columns: z.array(
    z.object({
      column: z.string(),
      /** Types of property that can give it. */
      types: z.array(z.string()),
      property: z.nullable(mappedProperty),
      /** A property bears its name, and is of a type that cannot give it. */
      mismatch: z.nullable(z.string()),
    }),
  ),
  /** What is wrong with the mapping itself. */
  problems: z.array(z.object({ column: z.string(), message: z.string() })),
  /** The first rows as they would come in. */
  rows: z.array(
    z.object({
      title: z.string(),
      url: z.string(),
      accountId: z.string(),
      cells: z.record(z.string(), z.string()),
      /** What makes it no account. */
      issues: z.array(z.object({ column: z.nullable(z.string()), message: z.string() })),
      /** What could not be read, and stops nothing. */
      notes: z.array(z.string()),
      /** Signals that a score needs, and that the row does not give. */
      missing: z.array(z.string()),
    }),
  ),
});

/** `PUT /notion/accounts`. `writeHealth`: scores are written to the account's page; its properties are added where missing. */
export const notionAccountsRequest = z.strictObject({ dataSourceId: id, mapping, writeHealth: z.boolean() });

/** `PUT /notion/targets/{target}`: a database that is there, a new one under a page, or none. */
export const notionTargetRequest = z.union([
  z.strictObject({ dataSourceId: id }),
  z.strictObject({ parentPageId: id }),
  z.strictObject({ none: z.literal(true) }),
]);

/** `GET /notion/problems`: pages that are no accounts, or not in full, and what Notion refused. At most 200 of each. */
export const notionProblems = z.object({
  pages: z.array(
    z.object({
      title: z.string(),
      url: z.string(),
      state: z.enum(['linked', 'refused', 'conflict', 'gone']),
      accountId: z.nullable(z.string()),
      problem: z.string(),
    }),
  ),
  writes: z.array(
    z.object({
      kind: z.enum(['health', 'expansion', 'review', 'alert']),
      accountId: z.string(),
      message: z.string(),
      at: z.string(),
    }),
  ),
});

export const notionRun = z.object({ runId: z.nullable(z.string()) });
/** How many accounts changed hands, and the run that reads them again. */
export const notionMoved = z.object({ accounts: z.int(), runId: z.nullable(z.string()) });

export type NotionOverview = z.infer<typeof notionOverview>;
export type NotionPlaces = z.infer<typeof notionPlaces>;
export type NotionPreview = z.infer<typeof notionPreview>;
export type NotionPreviewRequest = z.infer<typeof notionPreviewRequest>;
export type NotionAccountsRequest = z.infer<typeof notionAccountsRequest>;
export type NotionTargetRequest = z.infer<typeof notionTargetRequest>;
export type NotionTargetName = z.infer<typeof notionTarget>;
export type NotionProblems = z.infer<typeof notionProblems>;
