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

/** The read side: what a page prefetches and its route answers, through one function each. */
export interface Reads {
  workspace(): Promise<WorkspaceSummary>;
  listOpportunities(query: OpportunityQuery): Promise<OpportunityList>;
  summarizeOpportunities(): Promise<OpportunitySummary>;
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

export interface Runtime {
  readonly reads: Reads;
}

export function getRuntime(): Promise<Runtime> {
  throw new Error('being written');
}
