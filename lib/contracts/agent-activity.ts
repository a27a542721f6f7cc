/** What the agents did and what the language model cost: `GET /api/v1/agents/activity`, `GET /api/v1/agents/{agent}/tasks`. */
import * as z from 'zod/mini';

const account = z.object({ id: z.string(), name: z.nullable(z.string()) });

export const agentTaskState = z.enum(['running', 'succeeded', 'failed', 'cancelled']);

/** One task of an agent, from its log; one of the sales agent's is a dispatch. */
export const agentTaskItem = z.object({
  id: z.string(),
  agent: z.string(),
  type: z.string(),
  /** Null where it was for all accounts. */
  account: z.nullable(account),
  actor: z.string(),
  state: agentTaskState,
  error: z.nullable(z.string()),
  startedAt: z.string(),
  finishedAt: z.nullable(z.string()),
  /** The run of a job that it was a part of. */
  runId: z.nullable(z.string()),
  /** The dispatch that it is. */
  dispatchId: z.nullable(z.string()),
});

export const agentTaskQuery = z.strictObject({
  type: z.optional(z.string().check(z.minLength(1), z.maxLength(100))),
  limit: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(100))),
  cursor: z.optional(z.string().check(z.minLength(1), z.maxLength(500))),
});
export const agentTaskList = z.object({ items: z.array(agentTaskItem), nextCursor: z.nullable(z.string()) });

/** `costMicros` is in millionths of the currency; calls whose cost is unknown add nothing to it. */
const modelSum = z.object({
  calls: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costs: z.array(z.object({ currency: z.string(), costMicros: z.int() })),
});

const outcomes = z.object({ used: z.int(), refused: z.int(), failed: z.int(), over_budget: z.int() });

export const agentActivity = z.object({
  capabilities: z.array(
    z.object({
      agent: z.string(),
      type: z.string(),
      /** The newest ones, at most three. */
      lastTasks: z.array(agentTaskItem),
      model: z.object({ today: modelSum, last30Days: modelSum }),
    }),
  ),
  model: z.object({
    state: z.enum(['ready', 'degraded', 'not_configured']),
    /** What it does, or why it does not and what to do. */
    reason: z.string(),
    provider: z.nullable(z.string()),
    name: z.nullable(z.string()),
    /** Host that it is asked at. */
    host: z.nullable(z.string()),
    promptVersion: z.string(),
    /** Calendar date in the desk's time zone that «today» is. */
    day: z.string(),
    /** Used and set aside for calls under way; a null limit is none. Money in millionths; null where no price is known. */
    budget: z.object({
      tokens: z.int(),
      dailyTokens: z.nullable(z.int()),
      costMicros: z.nullable(z.int()),
      dailyCostMicros: z.nullable(z.int()),
      currency: z.nullable(z.string()),
    }),
    outcomes: z.object({ today: outcomes, last30Days: outcomes }),
    /** The newest calls whose text was not used, at most eight. */
    notUsed: z.array(
      z.object({
        id: z.string(),
        at: z.string(),
        purpose: z.string(),
        account: z.nullable(account),
        outcome: z.enum(['refused', 'failed', 'over_budget']),
        reason: z.nullable(z.string()),
        detail: z.nullable(z.string()),
      }),
    ),
  }),
});

export type AgentActivity = z.infer<typeof agentActivity>;
export type AgentTaskItem = z.infer<typeof agentTaskItem>;
export type AgentTaskList = z.infer<typeof agentTaskList>;
export type AgentTaskQuery = z.infer<typeof agentTaskQuery>;
