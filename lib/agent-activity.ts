import type { AgentActivity, AgentTaskList, AgentTaskQuery } from './contracts/agent-activity';
import { listAgentTasks, listSalesTasks, readModelBudget, readModelUsage, readUnusedCalls } from './db/agent-reads';
import type { Database } from './db/client';
import { AppError } from './errors';
import type { LanguageModelDesk } from './language-model';
import { PROMPT_VERSION } from './wording/prompt';

interface AgentInfo {
  readonly id: string;
  readonly capabilities: readonly { type: string }[];
}

export interface AgentActivityOptions {
  db: Database;
  clock: () => Date;
  customerSuccess: AgentInfo;
  sales: AgentInfo;
  languageModel: LanguageModelDesk;
}

const SHOWN_TASKS = 3;
const SHOWN_CALLS = 8;
const DAYS = 30;
const DAY_MS = 86_400_000;

type Usage = Awaited<ReturnType<typeof readModelUsage>>;
type Capability = AgentActivity['capabilities'][number];
type Model = AgentActivity['model'];

/** What the agents did, capability by capability, and what the language model has to do with it. */
export function createAgentActivity({ db, clock, customerSuccess, sales, languageModel }: AgentActivityOptions) {
  /** @throws AppError `not_found` for an agent that there is not. */
  async function listTasks(agent: string, query: AgentTaskQuery): Promise<AgentTaskList> {
    if (agent === customerSuccess.id) return listAgentTasks(db, agent, query);
    if (agent === sales.id) return listSalesTasks(db, sales.capabilities[0]?.type ?? '', query);
    throw new AppError('not_found', `There is no agent "${agent}".`);
  }

  async function describe(): Promise<AgentActivity> {
    const now = clock();
    const today = languageModel.dayOf(now);
    const since = languageModel.dayOf(new Date(now.getTime() - (DAYS - 1) * DAY_MS));
    const [usage, budget, unused, capabilities] = await Promise.all([
      readModelUsage(db, since),
      readModelBudget(db, today),
      readUnusedCalls(db, SHOWN_CALLS),
      Promise.all(
        [customerSuccess, sales].flatMap(({ id, capabilities }) =>
          capabilities.map(async ({ type }) => ({
            agent: id,
            type,
            lastTasks: (await listTasks(id, { type, limit: SHOWN_TASKS })).items,
          })),
        ),
      ),
    ]);
    const ofToday = usage.filter(({ day }) => day === today);
    return {
      capabilities: capabilities.map((capability): Capability => {
        const own = (rows: Usage) => rows.filter((row) => row.capability === capability.type);
        return { ...capability, model: { today: sumOf(own(ofToday)), last30Days: sumOf(own(usage)) } };
      }),
      model: {
        ...describeModel(),
        promptVersion: PROMPT_VERSION,
        day: today,
        budget: describeBudget(budget),
        outcomes: { today: outcomesOf(ofToday), last30Days: outcomesOf(usage) },
        notUsed: unused.map(({ id, at, purpose, account, outcome, reason, detail }) => ({
          id,
          at: at.toISOString(),
          purpose,
          account,
          outcome: outcome as Model['notUsed'][number]['outcome'],
          reason,
          detail,
        })),
      },
    };
  }

  function describeModel(): Pick<Model, 'state' | 'reason' | 'provider' | 'name' | 'host'> {
    const { settings } = languageModel;
    const problem = languageModel.problem();
    if (settings === null) {
      return {
        state: problem === null ? 'not_configured' : 'degraded',
        reason: problem ?? 'None is connected: every text is the rules’ own. HEADROOM_MODEL_PROVIDER connects one.',
        provider: null,
        name: null,
        host: null,
      };
    }
    const { provider, name, url } = settings;
    return {
      state: problem === null ? 'ready' : 'degraded',
      reason:
        problem ??
        'Rewords texts that the rules have written. Amounts, scores, gates and recipients are never its own.',
      provider,
      name,
      host: new URL(url).host,
    };
  }

  function describeBudget({ tokens, costMicros }: { tokens: number; costMicros: number }): Model['budget'] {
    const policy = languageModel.settings?.policy;
    const prices = policy?.prices ?? null;
    return {
      tokens,
      dailyTokens: policy?.dailyTokens ?? null,
      costMicros: prices === null ? null : costMicros,
      dailyCostMicros: policy?.dailyCostMicros ?? null,
      currency: prices?.currency ?? null,
    };
  }

  return { describe, listTasks };
}

export type AgentActivityReads = ReturnType<typeof createAgentActivity>;

function sumOf(rows: Usage): Capability['model']['today'] {
  const costs = new Map<string, number>();
  for (const { currency, costMicros } of rows) {
    if (currency !== '') costs.set(currency, (costs.get(currency) ?? 0) + Number(costMicros));
  }
  return {
    calls: rows.reduce((sum, { calls }) => sum + calls, 0),
    inputTokens: rows.reduce((sum, { inputTokens }) => sum + Number(inputTokens), 0),
    outputTokens: rows.reduce((sum, { outputTokens }) => sum + Number(outputTokens), 0),
    costs: [...costs].map(([currency, costMicros]) => ({ currency, costMicros })),
  };
}

function outcomesOf(rows: Usage): Model['outcomes']['today'] {
  const sums = { used: 0, refused: 0, failed: 0, over_budget: 0 };
  for (const { outcome, calls } of rows) if (Object.hasOwn(sums, outcome)) sums[outcome as keyof typeof sums] += calls;
  return sums;
}
