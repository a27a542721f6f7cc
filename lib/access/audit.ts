import type { AuditList, AuditQuery } from '../contracts';
import { readActorNames } from '../db/actor-names';
import type { Database } from '../db/client';
import { after, decodeCursor, encodeCursor, orderBy, type SortOrder } from '../db/cursor';
import { Prisma } from '../db/generated/sqlite/client';
import { dbTime, isoTime, selectRows } from '../db/sql';

const SORT = 'audit:newest';
const NEWEST: SortOrder = { columns: ['e."id"'], direction: 'DESC' };
const DEFAULT_LIMIT = 50;
/** Rows that an export reads at a time. */
const EXPORT_PAGE = 1_000;

/** What somebody did. `detail` holds no secrets; people are told by id. A reason that somebody gave is in their words. */
export interface AuditEntry {
  actor: string;
  action: string;
  subject?: { type: string; id: string } | null;
  ip?: string | null;
  requestId?: string | null;
  detail?: Record<string, unknown>;
}

/** The append-only record of who did what to which record from where. */
export function createAudit(db: Database, clock: () => Date) {
  async function page(query: AuditQuery, limit: number): Promise<{ rows: Row[]; more: boolean }> {
    const position = decodeCursor(query.cursor, SORT, ['integer']);
    const rows = await selectRows<Row>(
      db.rows,
      COLUMNS,
      Prisma.sql`FROM "audit_events" e WHERE ${filtersOf(query)} AND ${after(NEWEST, position)} ${orderBy(NEWEST)}
        LIMIT ${limit + 1}`,
    );
    return { rows: rows.slice(0, limit), more: rows.length > limit };
  }

  async function toItems(rows: Row[]): Promise<AuditList['items']> {
    const names = await readActorNames(
      db,
      rows.map((row) => row.actor),
    );
    return rows.map((row) => ({
      ...row,
      at: isoTime(row.at),
      actorName: names(row.actor),
      detail: JSON.parse(row.detail) as Record<string, unknown>,
    }));
  }

  return {
    async record(entry: AuditEntry): Promise<void> {
      const { actor, action, subject = null, ip = null, requestId = null, detail = {} } = entry;
      const at = dbTime(clock());
      await db.change(Prisma.sql`
        INSERT INTO "audit_events" ("at", "actor", "action", "subject_type", "subject_id", "ip", "request_id", "detail")
        VALUES (${at}, ${actor}, ${action}, ${subject?.type ?? null}, ${subject?.id ?? null}, ${ip}, ${requestId},
          ${JSON.stringify(detail)})`);
    },

    /** Newest first. */
    async list(query: AuditQuery): Promise<AuditList> {
      const { rows, more } = await page(query, query.limit ?? DEFAULT_LIMIT);
      const last = rows.at(-1);
      return { items: await toItems(rows), nextCursor: more && last ? encodeCursor(SORT, [last.id]) : null };
    },

    /** All that match, newest first, in pages. */
    async *each(query: AuditQuery): AsyncGenerator<AuditList['items']> {
      for (let cursor = query.cursor; ; ) {
        const { rows, more } = await page({ ...query, ...(cursor === undefined ? {} : { cursor }) }, EXPORT_PAGE);
        yield toItems(rows);
        const last = rows.at(-1);
        if (!more || !last) return;
        cursor = encodeCursor(SORT, [last.id]);
      }
    },
  };
}

export type Audit = ReturnType<typeof createAudit>;

interface Row {
  id: number;
  at: string;
  actor: string;
  action: string;
  subjectType: string | null;
  subjectId: string | null;
  ip: string | null;
  requestId: string | null;
  detail: string;
}

const COLUMNS: Record<keyof Row, string> = {
  id: 'e."id"',
  at: 'e."at"',
  actor: 'e."actor"',
  action: 'e."action"',
  subjectType: 'e."subject_type"',
  subjectId: 'e."subject_id"',
  ip: 'e."ip"',
  requestId: 'e."request_id"',
  detail: 'e."detail"',
};

function filtersOf(query: AuditQuery): Prisma.Sql {
  const conditions = [Prisma.sql`TRUE`];
  if (query.actor) conditions.push(Prisma.sql`e."actor" = ${query.actor}`);
  if (query.action) conditions.push(Prisma.sql`e."action" = ${query.action}`);
  if (query.subject) conditions.push(Prisma.sql`e."subject_id" = ${query.subject}`);
  if (query.from) conditions.push(Prisma.sql`e."at" >= ${dbTime(new Date(query.from))}`);
  if (query.to) conditions.push(Prisma.sql`e."at" < ${dbTime(new Date(query.to))}`);
  return Prisma.join(conditions, ' AND ');
}
