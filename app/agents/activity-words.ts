import type { Formatter } from '@/app/_lib/format';
import { plural } from '@/app/_lib/words';
import type { AgentActivity } from '@/lib/contracts/agent-activity';

type ModelSum = AgentActivity['capabilities'][number]['model']['today'];

/** Millionths of a currency as a person reads them: cents where there are any, `< $0.01` below. */
export function costInWords(costMicros: number, currency: string, money: Formatter['money']): string {
  const amountCents = Math.round(costMicros / 10_000);
  if (costMicros > 0 && amountCents === 0) return `< ${money({ amountCents: 1, currency })}`;
  return money({ amountCents, currency });
}

/** `3 calls, $0.02`; tokens where nobody knows the price. */
export function modelSumInWords(sum: ModelSum, format: Pick<Formatter, 'money' | 'number'>): string {
  const calls = `${format.number(sum.calls)} ${plural(sum.calls, 'call')}`;
  if (sum.costs.length > 0) {
    return `${calls}, ${sum.costs.map((cost) => costInWords(cost.costMicros, cost.currency, format.money)).join(' + ')}`;
  }
  const tokens = sum.inputTokens + sum.outputTokens;
  return tokens === 0 ? calls : `${calls}, ${format.number(tokens)} tokens`;
}

const PROVIDERS: Readonly<Record<string, string>> = {
  openai: 'OpenAI',
  azure: 'Azure OpenAI',
  anthropic: 'Anthropic',
  google: 'Google',
  ollama: 'Ollama',
  compatible: 'OpenAI-compatible server',
};

export function providerInWords(provider: string): string {
  return PROVIDERS[provider] ?? provider;
}

const PURPOSES: Readonly<Record<string, string>> = {
  talk_track: 'Talk track',
  churn_alert: 'Churn alert',
  qbr: 'QBR',
};

export function purposeInWords(purpose: string): string {
  return PURPOSES[purpose] ?? purpose;
}

/** Why a text was not used, by the code of its reason. */
const REASONS: Readonly<Record<string, string>> = {
  number: 'A figure that no fact has',
  name: 'A name that no fact has',
  claim: 'A claim that no fact makes',
  link: 'A link or an address',
  markup: 'Markup',
  characters: 'Characters that hide something',
  too_short: 'Too short',
  too_long: 'Too long',
  empty: 'Nothing came back',
  unrelated: 'About something else',
  unavailable: 'The model was not there',
  timeout: 'No answer in time',
  key_refused: 'The key was refused',
  rejected: 'The request was refused',
  filtered: 'Held back by a filter',
  truncated: 'Cut off',
  malformed: 'Not in the form asked for',
  paused: 'Left alone after failures',
  stopped: 'The desk was stopping',
  over_budget: 'The budget of the day is spent',
};

export function reasonInWords(reason: string | null): string {
  return REASONS[reason ?? ''] ?? 'It failed';
}
