import type { CustomerSuccessAgent } from './agents/customer-success';
import type { SalesAgent } from './agents/sales';
import type { Config, ScheduledJob } from './config';
import type {
  AccountDetail,
  AccountList,
  AccountQuery,
  AccountSummary,
  AgentsResponse,
  DispatchDetail,
  DispatchList,
  DispatchQuery,
  OpportunityDetail,
  OpportunityList,
  OpportunityQuery,
  OpportunitySummary,
  RunDetail,
  RunList,
  RunQuery,
  WorkspaceSummary,
} from './contracts';
import { getAccount, listAccounts, summarizeAccounts } from './db/account-reads';
import type { Database } from './db/client';
import { getDispatch, listDispatches, toTimelineEvent } from './db/dispatch-reads';
import { readGateFacts } from './db/gate-facts';
import { listOpportunities, readOpportunity, summarizeOpportunities } from './db/opportunity-reads';
import { getRun, latestRun, listRuns } from './db/run-reads';
import type { Scope } from './domain/access';
import { checkGates } from './domain/gates';
import type { MailConnection } from './integrations';
import type { NotionDesk } from './notion/desk';
import type { Mailboxes } from './ports';
import type { CsmScheduler } from './scheduler';

/** The read side: what a page prefetches and its route answers, through one function each. */
export interface Reads {
  workspace(): Promise<WorkspaceSummary>;
  listOpportunities(query: OpportunityQuery): Promise<OpportunityList>;
  /** The same as JSON text, made once for as long as nothing in the database changes. */
  opportunitiesJson(query: OpportunityQuery): Promise<string>;
  summarizeOpportunities(): Promise<OpportunitySummary>;
  /** @throws AppError `not_found`; so do the other single reads. */
  getOpportunity(id: string): Promise<OpportunityDetail>;
  listAccounts(query: AccountQuery): Promise<AccountList>;
  summarizeAccounts(): Promise<AccountSummary>;
  getAccount(id: string): Promise<AccountDetail>;
  listDispatches(query: DispatchQuery): Promise<DispatchList>;
  getDispatch(id: string): Promise<DispatchDetail>;
  listRuns(query: RunQuery): Promise<RunList>;
  getRun(id: string): Promise<RunDetail>;
  describeAgents(): Promise<AgentsResponse>;
}

export interface ReadsOptions {
  db: Database;
  config: Config;
  clock: () => Date;
  mail: MailConnection;
  mailboxes: Mailboxes;
  customerSuccess: CustomerSuccessAgent;
  sales: SalesAgent;
  scheduler: CsmScheduler | null;
  notion: NotionDesk;
}

const SCANS = ['portfolio_scan', 'health_scan'];

const JOB_WORDS: Record<ScheduledJob, { name: string; description: string }> = {
  portfolio_scan: {
    name: 'Daily health scan',
    description: 'Scores every account that changed, then looks for room to grow.',
  },
  contract_check: {
    name: 'Contract check',
    description: 'Scores the accounts again whose contract ends within 60 days.',
  },
  retention: {
    name: 'Retention',
    description: 'Deletes history that is older than the setting allows.',
  },
  resume_dispatches: {
    name: 'Resume dispatches',
    description: 'Takes the next step of dispatches that are not finished.',
  },
  notion_pull: {
    name: 'Notion pull',
    description: 'Where Notion is connected: reads the accounts that were edited there, all of them once a day.',
  },
};

/** @returns what somebody with a scope may read; all share the answers that are kept. */
export function createReads(options: ReadsOptions): (scope: Scope) => Reads {
  const opportunitiesJson = cachedJson(options.db, ({ scope, query }: { scope: Scope; query: OpportunityQuery }) =>
    listOpportunities(options.db, query, scope),
  );
  return (scope) => scopedReads(options, scope, (query) => opportunitiesJson({ scope, query }));
}

function scopedReads(
  options: ReadsOptions,
  scope: Scope,
  opportunitiesJson: (query: OpportunityQuery) => Promise<string>,
): Reads {
  const { db, config, clock } = options;
  return {
    async workspace() {
      const [accounts, totals, lastScan, activeRun, catalogue] = await Promise.all([
        summarizeAccounts(db, scope),
        db.read.total.findMany({ where: { scope: { in: ['opportunity', 'dispatch'] } } }),
        latestRun(db, SCANS, ['succeeded']),
        latestRun(db, [...SCANS, 'check_expansion', 'contract_check'], ['queued', 'running']),
        db.read.catalogueItem.findFirst({ select: { id: true } }),
      ]);
      const sum = (scope: string, keys?: string[]) =>
        totals
          .filter((row) => row.scope === scope && (!keys || keys.includes(row.key)))
          .reduce((count, row) => count + row.count, 0);
      const own = scope.repEmail === null ? null : await countOwn(db, scope.repEmail);
      return {
        accounts: accounts.total,
        opportunities: own?.opportunities ?? sum('opportunity', IN_PROGRESS),
        dispatches: own?.dispatches ?? sum('dispatch'),
        lastScanAt: lastScan?.finishedAt ?? null,
        nextScanAt: options.scheduler?.nextRun('portfolio_scan')?.toISOString() ?? null,
        activeRun,
        hasCatalogue: catalogue !== null,
      };
    },
    listOpportunities: (query) => listOpportunities(db, query, scope),
    opportunitiesJson,
    summarizeOpportunities: () => summarizeOpportunities(db, clock(), scope),
    async getOpportunity(id) {
      const { item, stored, actors } = await readOpportunity(db, id, scope);
      const gateFacts = await readGateFacts(db, item.account.id);
      return {
        ...item,
        headline: stored.headline,
        evidence: JSON.parse(stored.evidence) as OpportunityDetail['evidence'],
        calculation: JSON.parse(stored.calculation) as string[],
        talkTrack: stored.talkTrack,
        gates: checkGates(gateFacts, config.gates, clock()),
        dismissReason: stored.dismissReason as OpportunityDetail['dismissReason'],
        dismissNote: stored.dismissNote,
        draftDestination: (await options.mailboxes.route(item.account.repEmail)).destination,
        timeline: [
          {
            id: 0,
            at: stored.firstSeenAt.toISOString(),
            kind: 'detected',
            actor: stored.origin === 'scan' ? 'customer-success agent' : 'api',
            detail: null,
          },
          ...stored.events.map((event) => toTimelineEvent(event, actors)),
        ],
      };
    },
    listAccounts: (query) => listAccounts(db, query, clock(), scope),
    summarizeAccounts: () => summarizeAccounts(db, scope),
    getAccount: (id) => getAccount(db, id, { now: clock(), model: config.scoring, gates: config.gates, scope }),
    listDispatches: (query) => listDispatches(db, query, scope),
    getDispatch: (id) => getDispatch(db, id, scope),
    listRuns: (query) => listRuns(db, query),
    getRun: (id) => getRun(db, id),
    describeAgents: () => describeAgents(options),
  };
}

/** Opportunities that somebody still has to do something about. */
const IN_PROGRESS = ['open', 'held', 'queued', 'drafted', 'accepted'];

/** A rep's own are few enough to be counted. */
async function countOwn(db: Database, repEmail: string): Promise<{ opportunities: number; dispatches: number }> {
  const account = { repEmail };
  const [opportunities, dispatches] = await Promise.all([
    db.read.opportunity.count({ where: { account, status: { in: IN_PROGRESS } } }),
    db.read.dispatch.count({ where: { account } }),
  ]);
  return { opportunities, dispatches };
}

async function describeAgents({
  db,
  config,
  mail,
  mailboxes,
  customerSuccess,
  sales,
  scheduler,
  notion,
}: ReadsOptions): Promise<AgentsResponse> {
  const jobs = Object.keys(JOB_WORDS) as ScheduledJob[];
  return {
    agents: [
      {
        id: 'customer-success',
        name: 'Customer-success agent',
        state: scheduler ? 'ready' : 'degraded',
        capabilities: customerSuccess.capabilities,
      },
      { id: 'sales', name: 'Sales agent', state: mail.drafts ? 'ready' : 'degraded', capabilities: sales.capabilities },
    ],
    integrations: [
      {
        id: 'database',
        name: 'Database',
        state: 'ready',
        reason: 'SQLite in the data directory, write-ahead log, full synchronisation.',
      },
      {
        id: 'mail',
        name: 'Mailbox',
        state: mail.drafts ? 'ready' : 'degraded',
        reason:
          mail.problem ??
          `Settings → Mail says whose drafts go where; without a mailbox: ${(await mailboxes.route(null)).destination}. Nothing is ever sent.`,
      },
      { id: 'notion', name: 'Notion', ...(await notion.describe()) },
    ],
    schedule: {
      timeZone: config.timeZone,
      dispatchPolicy: config.dispatchPolicy,
      jobs: await Promise.all(
        jobs.map(async (job) => ({
          job,
          ...JOB_WORDS[job],
          cron: config.schedule[job],
          nextRunAt: scheduler?.nextRun(job)?.toISOString() ?? null,
          lastRun: await latestRun(db, [job]),
        })),
      ),
    },
  };
}

/** Answers kept at most; a desk has few lists that many people look at, and many that one person looks at once. */
const CACHED_ANSWERS = 200;

/**
 * Keeps answers as text while the database stays as it is. The version is taken before the read, so an answer can only
 * be newer than it says, never older. Nothing that depends on the time of day may be kept like this.
 */
function cachedJson<Query>(db: Database, read: (query: Query) => Promise<unknown>): (query: Query) => Promise<string> {
  const answers = new Map<string, string>();
  let known = '';
  return async (query) => {
    const version = await db.version();
    if (version !== known) answers.clear();
    known = version;
    const key = JSON.stringify(query);
    const kept = answers.get(key);
    if (kept !== undefined) return kept;
    const answer = JSON.stringify(await read(query));
    if (known === version && answers.size < CACHED_ANSWERS) answers.set(key, answer);
    return answer;
  };
}
