import { createLoader, type inferParserType, parseAsArrayOf, parseAsString, parseAsStringLiteral } from 'nuqs/server';
import type { RunFilters } from './queries';

export const AGENT_TABS = ['overview', 'runs'] as const;
export type AgentTab = (typeof AGENT_TABS)[number];

export const RUN_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

/** What the URL of the Agents page says. */
export const agentsState = {
  tab: parseAsStringLiteral(AGENT_TABS).withDefault('overview'),
  job: parseAsString.withDefault(''),
  state: parseAsArrayOf(parseAsStringLiteral(RUN_STATES)).withDefault([]),
  /** The run in the side panel. */
  run: parseAsString,
  /** The capability in the side panel, `customer-success.health_scan`. */
  capability: parseAsString,
};

export type AgentsState = inferParserType<typeof agentsState>;

export type AgentsStateChange = { [Key in keyof AgentsState]?: AgentsState[Key] | null };

export const loadAgentsState = createLoader(agentsState);

/** Both sides build their query key from it, so its shape must not vary. */
export function toRunFilters(state: AgentsState): RunFilters {
  return {
    ...(state.job === '' ? {} : { job: state.job }),
    ...(state.state.length === 0 ? {} : { state: state.state }),
  };
}

export function isRunFiltered(state: AgentsState): boolean {
  return state.job !== '' || state.state.length > 0;
}
