import type { ModelLog } from '../ports/wording';
import type { Database } from './client';
import { newId } from './ids';
import { dbTime } from './sql';

/** Days that sums of the model's calls are kept: a year and a month to compare with. */
const USAGE_DAYS = 400;
const DAY_MS = 86_400_000;

export function createModelLog(db: Database): ModelLog {
  return {
    async reserve(day, most, limits) {
      return db.bulk(async (tx) => {
        await tx.$executeRaw`
          INSERT INTO "model_budgets" ("day", "tokens", "cost_micros") VALUES (${day}, 0, 0) ON CONFLICT ("day") DO NOTHING`;
        // One statement looks and takes: two instances never take the same rest.
        const taken = await tx.$executeRaw`
          UPDATE "model_budgets" SET "tokens" = "tokens" + ${most.tokens}, "cost_micros" = "cost_micros" + ${most.costMicros}
          WHERE "day" = ${day} AND "tokens" + ${most.tokens} <= ${limits.tokens ?? Number.MAX_SAFE_INTEGER}
            AND "cost_micros" + ${most.costMicros} <= ${limits.costMicros ?? Number.MAX_SAFE_INTEGER}`;
        return taken > 0;
      });
    },

    async record(call, { day, reserved, spent }) {
      const tokens = spent.tokens - reserved.tokens;
      const cost = spent.costMicros - reserved.costMicros;
      await db.bulk(async (tx) => {
        await tx.$executeRaw`
          INSERT INTO "model_calls" ("id", "at", "purpose", "capability", "account_id", "run_id", "provider", "model",
            "prompt_version", "attempts", "input_tokens", "output_tokens", "cost_micros", "currency", "latency_ms", "outcome",
            "reason", "detail")
          VALUES (${newId()}, ${dbTime(call.at)}, ${call.purpose}, ${call.capability}, ${call.accountId}, ${call.runId},
            ${call.provider}, ${call.model}, ${call.promptVersion}, ${call.attempts}, ${call.inputTokens},
            ${call.outputTokens}, ${call.costMicros}, ${call.currency}, ${call.latencyMs}, ${call.outcome}, ${call.reason},
            ${call.detail})`;
        await tx.$executeRaw`
          INSERT INTO "model_usage" ("day", "capability", "purpose", "outcome", "currency", "calls", "input_tokens",
            "output_tokens", "cost_micros")
          VALUES (${call.day}, ${call.capability}, ${call.purpose}, ${call.outcome}, ${call.currency ?? ''}, 1,
            ${call.inputTokens ?? 0}, ${call.outputTokens ?? 0}, ${call.costMicros ?? 0})
          ON CONFLICT ("day", "capability", "purpose", "outcome", "currency") DO UPDATE SET
            "calls" = "model_usage"."calls" + 1,
            "input_tokens" = "model_usage"."input_tokens" + excluded."input_tokens",
            "output_tokens" = "model_usage"."output_tokens" + excluded."output_tokens",
            "cost_micros" = "model_usage"."cost_micros" + excluded."cost_micros"`;
        if (tokens === 0 && cost === 0) return;
        await tx.$executeRaw`
          UPDATE "model_budgets" SET "tokens" = "tokens" + ${tokens}, "cost_micros" = "cost_micros" + ${cost}
          WHERE "day" = ${day}`;
      });
    },
  };
}

/** Deletes calls and task runs from before `limit`, at most `rows` of each at a time. @returns how many of the one that had more. */
export async function deleteAgentHistory(db: Database, limit: Date, now: Date, rows: number): Promise<number> {
  const before = dbTime(limit);
  const oldest = new Date(now.getTime() - USAGE_DAYS * DAY_MS).toISOString().slice(0, 10);
  return db.bulk(async (tx) => {
    const calls = await tx.$executeRaw`DELETE FROM "model_calls" WHERE "id" IN (
      SELECT "id" FROM "model_calls" WHERE "at" < ${before} ORDER BY "at" LIMIT ${rows})`;
    const tasks = await tx.$executeRaw`DELETE FROM "task_runs" WHERE "id" IN (
      SELECT "id" FROM "task_runs" WHERE "started_at" < ${before} AND "finished_at" IS NOT NULL LIMIT ${rows})`;
    await tx.$executeRaw`DELETE FROM "model_usage" WHERE "day" < ${oldest}`;
    await tx.$executeRaw`DELETE FROM "model_budgets" WHERE "day" < ${oldest}`;
    return Math.max(calls, tasks);
  });
}
