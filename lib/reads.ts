import { type AgentActivityReads, createAgentActivity } from './agent-activity';
import type { CustomerSuccessAgent } from './agents/customer-success';
import { readAdoption } from './agents/feature-adoption';
import type { SalesAgent } from './agents/sales';
import type { Config } from './config';
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
import type { AccountAdoption } from './contracts/adoption';
import type { AccountAlerts, AlertItem, AlertList, AlertQuery } from './contracts/alerts';
import { getAccount, listAccounts, summarizeAccounts } from './db/account-reads';
import { getAccountAlerts, getAlert, listAlerts } from './db/alert-reads';
import type { Database } from './db/client';
import { getDispatch, listDispatches, readFrozenTalkTrack, toTimelineEvent } from './db/dispatch-reads';
import { readGateFacts } from './db/gate-facts';
import { listOpportunities, readOpportunity, summarizeOpportunities } from './db/opportunity-reads';
import { getRun, latestRun, listRuns, runUnderWay } from './db/run-reads';
import type { Scope } from './domain/access';
import { checkGates } from './domain/gates';
import { JOB_WORDS } from './domain/schedule';
import type { MailConnection } from './integrations';
import type { LanguageModelDesk } from './language-model';
import type { NotionDesk } from './notion/desk';
import type { ExpansionStore, Mailboxes } from './ports';
import type { AdoptionStore } from './ports/adoption';
import type { ReviewReads, Reviews } from './reviews';
import type { Schedule } from './schedule';

/** The read side: what a page prefetches and its route answers, through one function each. */
export interface Reads extends ReviewReads {
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
  getAdoption(accountId: string): Promise<AccountAdoption>;
  listAlerts(query: AlertQuery): Promise<AlertList>;
  getAlert(id: string): Promise<AlertItem>;
  getAccountAlerts(accountId: string): Promise<AccountAlerts>;
  listDispatches(query: DispatchQuery): Promise<DispatchList>;
  getDispatch(id: string): Promise<DispatchDetail>;
  listRuns(query: RunQuery): Promise<RunList>;
  getRun(id: string): Promise<RunDetail>;
  describeAgents(): Promise<AgentsResponse>;
  describeAgentActivity: AgentActivityReads['describe'];
  listAgentTasks: AgentActivityReads['listTasks'];
}

export interface ReadsOptions {
  db: Database;
  config: Config;
  clock: () => Date;
  mail: MailConnection;
  mailboxes: Mailboxes;
  customerSuccess: CustomerSuccessAgent;
  sales: SalesAgent;
  schedule: Schedule;
  adoption: AdoptionStore;
  expansion: ExpansionStore;
  reviews: Pick<Reviews, 'readsFor'>;
  languageModel: LanguageModelDesk;
  notion: NotionDesk;
}

const SCANS = ['portfolio_scan', 'health_scan'];

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
  const activity = createAgentActivity(options);
  return {
    ...options.reviews.readsFor(scope),
    async workspace() {
      const [accounts, totals, lastScan, activeRun, catalogue] = await Promise.all([
        summarizeAccounts(db, scope),
        db.read.total.findMany({ where: { scope: { in: ['opportunity', 'dispatch'] } } }),
        latestRun(db, SCANS, ['succeeded']),
        runUnderWay(db, [...SCANS, 'check_expansion', 'contract_check']),
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
        nextScanAt: options.schedule.nextRun('portfolio_scan')?.toISOString() ?? null,
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
        ...talkTrackOf(stored),
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
    async getAdoption(accountId) {
      const stores = { adoption: options.adoption, store: options.expansion };
      const { assessment, map, seats } = await readAdoption(stores, accountId, clock(), scope);
      return { ...assessment, seats, map };
    },
    listAlerts: (query) => listAlerts(db, query, scope),
    getAlert: (id) => getAlert(db, id, scope),
    getAccountAlerts: (accountId) => getAccountAlerts(db, accountId, { scope, now: clock() }),
    listDispatches: (query) => listDispatches(db, query, scope),
    getDispatch: (id) => getDispatch(db, id, scope),
    listRuns: (query) => listRuns(db, query),
    getRun: (id) => getRun(db, id),
    describeAgents: () => describeAgents(options),
    describeAgentActivity: activity.describe,
    listAgentTasks: activity.listTasks,
  };
}

/** Once a model's words are in the draft, they are the talk track; before that, and otherwise, the rules' own are. */
function talkTrackOf(stored: {
  origin: string;
  talkTrack: string;
  dispatch: { task: string } | null;
}): Pick<OpportunityDetail, 'talkTrack' | 'talkTrackOrigin'> {
  const frozen = stored.dispatch === null ? null : readFrozenTalkTrack(stored.dispatch.task);
  if (frozen?.talkTrackOrigin?.by === 'model') return frozen;
  return { talkTrack: stored.talkTrack, talkTrackOrigin: stored.origin === 'scan' ? { by: 'rules' } : null };
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
  notion,
  schedule,
}: ReadsOptions): Promise<AgentsResponse> {
  const plan = schedule.plan();
  return {
    agents: [
      {
        id: 'customer-success',
        name: 'Customer-success agent',
        state: schedule.problem() === null ? 'ready' : 'degraded',
        capabilities: customerSuccess.capabilities,
      },
      { id: 'sales', name: 'Sales agent', state: mail.drafts ? 'ready' : 'degraded', capabilities: sales.capabilities },
    ],
    integrations: [
      {
        id: 'database',
        name: 'Database',
        state: 'ready',
        reason:
          db.engine === 'sqlite'
            ? 'SQLite in the data directory, write-ahead log, full synchronisation.'
            : 'PostgreSQL; what is acknowledged is on its disk.',
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
      timeZone: plan.timeZone,
      dispatchPolicy: config.dispatchPolicy,
      jobs: await Promise.all(
        schedule.jobs.map(async (job) => ({
          job,
          ...JOB_WORDS[job],
          cron: plan.jobs[job].cron,
          nextRunAt: schedule.nextRun(job)?.toISOString() ?? null,
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
