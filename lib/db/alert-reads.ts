import type { AccountAlerts, AlertDeliveryItem, AlertItem, AlertList, AlertQuery } from '../contracts/alerts';
import type { Scope } from '../domain/access';
import { type AlertContent, textsOf } from '../domain/alert-message';
import { AppError } from '../errors';
import type { AlertWording } from '../ports/alerts';
import { readActorNames } from './actor-names';
import type { Database } from './client';
import { after, decodeCursor, encodeCursor, orderBy, type SortOrder } from './cursor';
import { Prisma } from './generated/sqlite/client';
import { within } from './scope';
import { among, isoTime, selectRows } from './sql';

const DEFAULT_LIMIT = 50;
/** Names the order in cursors. */
const SORT = 'alerts:newest';
const NEWEST: SortOrder = { columns: ['l."created_at"', 'l."id"'], direction: 'DESC' };

/** One page of alerts, newest first. Digests are told by the alerts in them. */
export async function listAlerts(db: Database, query: AlertQuery, scope: Scope): Promise<AlertList> {
  const position = decodeCursor(query.cursor, SORT, ['time', 'string']);
  const limit = query.limit ?? DEFAULT_LIMIT;
  const conditions = [
    Prisma.sql`l."account_id" IS NOT NULL`,
    within(scope, 'l."account_id"'),
    after(NEWEST, position),
    ...(query.kind?.length ? [Prisma.sql`l."kind" ${among(db.rows, query.kind)}`] : []),
    ...oneOf(
      query.level,
      (level) => Prisma.sql`l."level" = ${level}`,
      (levels) => Prisma.sql`l."level" ${among(db.rows, levels)}`,
    ),
    ...(query.accountId ? [Prisma.sql`l."account_id" = ${query.accountId}`] : []),
  ];
  const rows = await readRows(
    db,
    Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')} ${orderBy(NEWEST)} LIMIT ${limit + 1}`,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: await toItems(db, page),
    nextCursor: rows.length > limit && last ? encodeCursor(SORT, [last.createdAt, last.id]) : null,
  };
}

/** A list of one reads from the index in its order; a longer one is filtered as the newest are gone through. */
function oneOf(
  values: readonly string[] | undefined,
  equal: (value: string) => Prisma.Sql,
  any: (values: readonly string[]) => Prisma.Sql,
): Prisma.Sql[] {
  const [first, ...others] = [...new Set(values ?? [])];
  if (first === undefined) return [];
  return [others.length === 0 ? equal(first) : any([first, ...others])];
}

/** @throws AppError `not_found`. */
export async function getAlert(db: Database, id: string, scope: Scope): Promise<AlertItem> {
  const rows = await readRows(
    db,
    Prisma.sql`WHERE l."id" = ${id} AND l."account_id" IS NOT NULL AND ${within(scope, 'l."account_id"')}`,
  );
  const [item] = await toItems(db, rows);
  if (!item) throw new AppError('not_found', `There is no alert "${id}".`);
  return item;
}

/** The last alert of an account, and what is held back or snoozed. @throws AppError `not_found`. */
export async function getAccountAlerts(
  db: Database,
  accountId: string,
  { scope, now }: { scope: Scope; now: Date },
): Promise<AccountAlerts> {
  const account = await db.read.account.findFirst({
    where: { id: accountId, ...(scope.repEmail === null ? {} : { repEmail: scope.repEmail }) },
    select: { alertSnooze: true, announced: { select: { heldReason: true, heldUntil: true } } },
  });
  if (!account) throw new AppError('not_found', `There is no account "${accountId}".`);
  const { alertSnooze: snooze, announced } = account;
  const [rows, actors] = await Promise.all([
    readRows(db, Prisma.sql`WHERE l."account_id" = ${accountId} ${orderBy(NEWEST)} LIMIT 1`),
    readActorNames(db, snooze ? [snooze.madeBy] : []),
  ]);
  const [latest] = await toItems(db, rows);
  return {
    snooze:
      snooze && snooze.until > now
        ? {
            until: snooze.until.toISOString(),
            reason: snooze.reason,
            by: actors(snooze.madeBy),
            at: snooze.madeAt.toISOString(),
          }
        : null,
    held:
      announced?.heldReason && announced.heldUntil
        ? { reason: announced.heldReason as 'cool_down' | 'snoozed', until: announced.heldUntil.toISOString() }
        : null,
    latest: latest ?? null,
  };
}

interface Row {
  id: string;
  accountId: string;
  accountName: string;
  accountCsm: string | null;
  accountRep: string | null;
  score: number | null;
  rag: string | null;
  snoozedUntil: string | null;
  kind: string;
  level: string;
  route: string;
  digestId: string | null;
  content: string;
  wording: string | null;
  arrCents: number | null;
  currency: string;
  renewalDate: string | null;
  csmEmail: string | null;
  repEmail: string | null;
  createdAt: string;
  deliverAt: string | null;
}

const COLUMNS: Record<keyof Row, string> = {
  id: 'l."id"',
  accountId: 'l."account_id"',
  accountName: 'a."name"',
  accountCsm: 'a."csm_email"',
  accountRep: 'a."rep_email"',
  score: 'h."score"',
  rag: 'h."rag"',
  snoozedUntil: 'z."until"',
  kind: 'l."kind"',
  level: 'l."level"',
  route: 'l."route"',
  digestId: 'l."digest_id"',
  content: 'l."content"',
  wording: 'l."wording"',
  arrCents: 'l."arr_cents"',
  currency: 'l."currency"',
  renewalDate: 'l."renewal_date"',
  csmEmail: 'l."csm_email"',
  repEmail: 'l."rep_email"',
  createdAt: 'l."created_at"',
  deliverAt: 'l."deliver_at"',
};

function readRows(db: Database, tail: Prisma.Sql): Promise<Row[]> {
  return selectRows<Row>(
    db.rows,
    COLUMNS,
    Prisma.sql`FROM "alerts" l JOIN "accounts" a ON a."id" = l."account_id"
      LEFT JOIN "account_health" h ON h."account_id" = l."account_id"
      LEFT JOIN "alert_snoozes" z ON z."account_id" = l."account_id" ${tail}`,
  );
}

async function toItems(db: Database, rows: readonly Row[]): Promise<AlertItem[]> {
  const deliveries = await readDeliveries(db, [...new Set(rows.map((row) => row.digestId ?? row.id))]);
  return rows.map((row) => toItem(row, deliveries.get(row.digestId ?? row.id) ?? []));
}

function toItem(row: Row, deliveries: readonly DeliveryRow[]): AlertItem {
  const content = JSON.parse(row.content) as AlertContent;
  const wording = row.wording === null ? null : (JSON.parse(row.wording) as AlertWording);
  const { narrative } = content;
  const reworded = wording?.origin.by === 'model' ? wording : null;
  return {
    id: row.id,
    kind: row.kind as AlertItem['kind'],
    level: row.level as AlertItem['level'],
    account: {
      id: row.accountId,
      name: row.accountName,
      csmEmail: row.accountCsm,
      repEmail: row.accountRep,
      score: row.score,
      rag: row.rag as AlertItem['account']['rag'],
      snoozedUntil: row.snoozedUntil === null ? null : isoTime(row.snoozedUntil),
    },
    createdAt: isoTime(row.createdAt),
    deliverAt: row.deliverAt === null ? null : isoTime(row.deliverAt),
    told: row.route === 'decided' ? 'pending' : row.route === 'digest' ? 'digest' : 'alone',
    before: content.before,
    after: content.after,
    headline: narrative.headline,
    summary: reworded?.texts.summary ?? textsOf(narrative).summary,
    wordedBy: reworded?.origin.by === 'model' ? reworded.origin.model : null,
    reasons: narrative.reasons.map(({ sentence: _, ...reason }) => reason),
    contract: narrative.contract,
    arr: row.arrCents === null ? null : { amountCents: Number(row.arrCents), currency: row.currency },
    renewalDate: row.renewalDate,
    actions: reworded ? [reworded.texts.next] : narrative.actions,
    deliveries: deliveries.filter((delivery) => isAbout(delivery, row)).map(toDelivery),
  };
}

/** Of the drafts of a digest, those that tell of this account; of a good message there are none. */
function isAbout({ channel, recipient, alertId }: DeliveryRow, row: Row): boolean {
  if (alertId === row.id || (channel !== 'draft_csm' && channel !== 'draft_rep')) return true;
  const addressee = channel === 'draft_csm' ? row.csmEmail : row.repEmail;
  return row.kind !== 'recovered' && recipient === (addressee ?? '');
}

interface DeliveryRow {
  id: string;
  alertId: string;
  channel: string;
  recipient: string;
  state: string;
  attempts: number;
  unanswered: number | boolean;
  reference: string | null;
  noticeId: string | null;
  errorMessage: string | null;
  nextAttemptAt: string | null;
  doneAt: string | null;
  noticeState: string | null;
  noticeError: string | null;
  noticeDueAt: string | null;
  destination: string | null;
  draftedAt: string | null;
}

const DELIVERY_COLUMNS: Record<keyof DeliveryRow, string> = {
  id: 'd."id"',
  alertId: 'd."alert_id"',
  channel: 'd."channel"',
  recipient: 'd."recipient"',
  state: 'd."state"',
  attempts: 'd."attempts"',
  unanswered: 'd."unanswered"',
  reference: 'd."reference"',
  noticeId: 'd."notice_id"',
  errorMessage: 'd."error_message"',
  nextAttemptAt: 'd."next_attempt_at"',
  doneAt: 'd."done_at"',
  noticeState: 'n."state"',
  noticeError: 'n."error_message"',
  noticeDueAt: 'n."next_attempt_at"',
  destination: 'n."destination"',
  draftedAt: 'n."drafted_at"',
};

async function readDeliveries(db: Database, alertIds: readonly string[]): Promise<Map<string, DeliveryRow[]>> {
  const byAlert = new Map<string, DeliveryRow[]>();
  if (alertIds.length === 0) return byAlert;
  const rows = await selectRows<DeliveryRow>(
    db.rows,
    DELIVERY_COLUMNS,
    Prisma.sql`FROM "alert_deliveries" d LEFT JOIN "notices" n ON n."id" = d."notice_id"
      WHERE d."alert_id" ${among(db.rows, alertIds)} ORDER BY d."channel", d."recipient"`,
  );
  for (const row of rows) byAlert.set(row.alertId, [...(byAlert.get(row.alertId) ?? []), row]);
  return byAlert;
}

function toDelivery(row: DeliveryRow): AlertDeliveryItem {
  const at = row.draftedAt ?? row.doneAt ?? row.nextAttemptAt;
  const own = {
    id: row.id,
    channel: row.channel as AlertDeliveryItem['channel'],
    recipient: row.recipient === '' ? null : row.recipient,
    attempts: row.attempts,
    // Everything but a chat knows what it has.
    unanswered: Boolean(row.unanswered) && (row.channel === 'slack' || row.channel === 'google_chat'),
    noticeId: row.noticeId,
  };
  if (row.noticeState === null) {
    return {
      ...own,
      state: row.state as AlertDeliveryItem['state'],
      detail: row.errorMessage,
      href: row.reference,
      at: at === null ? null : isoTime(at),
    };
  }
  // Once it is handed over, how the draft is doing is what people want to know.
  const state = NOTICE_STATES[row.noticeState] ?? 'waiting';
  const needsPerson = state === 'uncertain' && row.noticeDueAt === null;
  return {
    ...own,
    state: state === 'uncertain' && !needsPerson ? 'retrying' : state,
    detail: row.noticeError ?? row.destination,
    href:
      state === 'done' && row.noticeId !== null ? `/api/v1/notices/${encodeURIComponent(row.noticeId)}/draft` : null,
    at: at === null ? null : isoTime(at),
  };
}

const NOTICE_STATES: Record<string, AlertDeliveryItem['state'] | undefined> = {
  queued: 'waiting',
  drafting: 'sending',
  retrying: 'retrying',
  uncertain: 'uncertain',
  drafted: 'done',
  failed: 'failed',
};
