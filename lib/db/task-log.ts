import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { newId } from './ids';
import { among, dbTime } from './sql';

export type TaskOutcome = 'succeeded' | 'failed' | 'cancelled';

/** Every task that an agent carried out, with its end. */
export interface TaskLog {
  start(task: {
    agent: string;
    type: string;
    accountId: string | null;
    runId: string | null;
    actor: string;
    owner: string;
    now: Date;
  }): Promise<string>;
  finish(id: string, outcome: TaskOutcome, error: { code: string; message: string } | null, now: Date): Promise<void>;
  /** It was no task after all: what was asked for did not fit. */
  forget(id: string): Promise<void>;
  /** Owners of tasks that are under way. */
  owners(): Promise<string[]>;
  /** Tasks whose process is gone are over. */
  abandon(owners: readonly string[], now: Date): Promise<void>;
}

export function createTaskLog(db: Database): TaskLog {
  return {
    async start({ agent, type, accountId, runId, actor, owner, now }) {
      const id = newId();
      await db.change(Prisma.sql`
        INSERT INTO "task_runs" ("id", "agent", "type", "account_id", "run_id", "actor", "state", "owner", "started_at")
        VALUES (${id}, ${agent}, ${type}, ${accountId}, ${runId}, ${actor}, 'running', ${owner}, ${dbTime(now)})`);
      return id;
    },

    async finish(id, outcome, error, now) {
      await db.change(Prisma.sql`
        UPDATE "task_runs" SET "state" = ${outcome}, "error_code" = ${error?.code ?? null},
          "error" = ${error?.message ?? null}, "finished_at" = ${dbTime(now)}
        WHERE "id" = ${id} AND "state" = 'running'`);
    },

    async forget(id) {
      await db.change(Prisma.sql`DELETE FROM "task_runs" WHERE "id" = ${id}`);
    },

    async owners() {
      const rows = await db.rows.$queryRaw<{ owner: string }[]>`
        SELECT DISTINCT "owner" FROM "task_runs" WHERE "state" = 'running'`;
      return rows.map(({ owner }) => owner);
    },

    async abandon(owners, now) {
      if (owners.length === 0) return;
      await db.change(Prisma.sql`
        UPDATE "task_runs" SET "state" = 'failed', "error_code" = 'outcome_unknown',
          "error" = 'The server stopped while this ran.', "finished_at" = ${dbTime(now)}
        WHERE "state" = 'running' AND "owner" ${among(db.rows, owners)}`);
    },
  };
}
