import { stringify } from 'csv-stringify/sync';
import type { Audit } from './access/audit';
import type { AuditQuery } from './contracts';
import type { Database } from './db/client';
import { AppError } from './errors';

/** What leaves the desk whole. */
export function createExports({ db, audit, clock }: { db: Database; audit: Audit; clock: () => Date }) {
  return {
    /** Everything that is kept of one account, as its rows are: for a request of access, or to move elsewhere. */
    async account(id: string) {
      const account = await db.read.account.findUnique({
        where: { id },
        include: {
          health: true,
          snapshots: { orderBy: { id: 'asc' } },
          scores: { orderBy: { id: 'asc' } },
          usage: { orderBy: [{ observedAt: 'asc' }, { feature: 'asc' }] },
          opportunities: { orderBy: { id: 'asc' }, include: { events: { orderBy: { id: 'asc' } } } },
          reviews: { orderBy: { id: 'asc' } },
          dispatches: { orderBy: { id: 'asc' }, include: { events: { orderBy: { id: 'asc' } } } },
          announced: true,
          alertSnooze: true,
          alerts: { orderBy: { id: 'asc' }, include: { deliveries: { orderBy: { id: 'asc' } } } },
          notices: { orderBy: { id: 'asc' } },
        },
      });
      if (!account) throw new AppError('not_found', `There is no account "${id}".`);
      const ofAccount = { where: { accountId: id }, orderBy: { id: 'asc' } } as const;
      const { opportunities, reviews, alerts } = account;
      const targets = [id, ...[...opportunities, ...reviews, ...alerts].map((row) => row.id)];
      const [told, taskRuns, modelCalls, page, records, waiting] = await Promise.all([
        db.read.deskEvent.findMany(ofAccount),
        db.read.taskRun.findMany(ofAccount),
        db.read.modelCall.findMany(ofAccount),
        db.read.notionPage.findUnique({ where: { accountId: id } }),
        db.read.notionRecord.findMany({ where: { targetId: { in: targets } }, orderBy: { targetId: 'asc' } }),
        db.read.notionOutboxItem.findMany(ofAccount),
      ]);
      const toldEvents = told.map((event) => ({ ...event, data: JSON.parse(event.data) as unknown }));
      const notion = { page, records, waiting };
      // Cents are stored as 64-bit integers, which JSON has no word for; amounts stay far below 2^53.
      const plain = JSON.parse(
        JSON.stringify({ ...account, toldEvents, taskRuns, modelCalls, notion }, (_key, value: unknown) =>
          typeof value === 'bigint' ? Number(value) : value,
        ),
      ) as Record<string, unknown>;
      return { format: 'headroom.account/1', exportedAt: clock().toISOString(), account: plain };
    },

    /**
     * The audit log as CSV, read page by page.
     * @throws AppError `invalid_input` for a cursor of another list, before anything is written.
     */
    async auditCsv(query: AuditQuery): Promise<ReadableStream<Uint8Array>> {
      const encoder = new TextEncoder();
      const pages = audit.each(query);
      let next = await pages.next();
      return new ReadableStream({
        start: (controller) => controller.enqueue(encoder.encode(toCsv([COLUMNS]))),
        async pull(controller) {
          if (next.done) return controller.close();
          const rows = next.value.map((item) => COLUMNS.map((column) => inert(textOf(item[column]))));
          if (rows.length > 0) controller.enqueue(encoder.encode(toCsv(rows)));
          next = await pages.next();
        },
        cancel: async () => void (await pages.return(undefined)),
      });
    },
  };
}

export type Exports = ReturnType<typeof createExports>;

const COLUMNS = [
  'id',
  'at',
  'actor',
  'actorName',
  'action',
  'subjectType',
  'subjectId',
  'ip',
  'requestId',
  'detail',
] as const;

function textOf(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A cell that a spreadsheet would take for a formula is marked as text (OWASP, CSV injection). */
function inert(value: string): string {
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
}

function toCsv(rows: readonly (readonly string[])[]): string {
  return stringify(rows as string[][], { record_delimiter: '\r\n', quoted: true });
}
