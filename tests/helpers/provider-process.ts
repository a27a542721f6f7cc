import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startScript } from './fault-scripts';

/** How one request to the provider fails. With `store` in its name the draft is there all the same. */
export type ProviderFault =
  | 'too_many'
  | 'refuse'
  | 'error'
  | 'store_then_error'
  | 'reset'
  | 'store_then_reset'
  /** Stored; the answer breaks off in the middle. */
  | 'half'
  /** Stored, and never answered. */
  | 'store_then_hang'
  /** Never answered, never stored. */
  | 'hang'
  /** Never answered, and stored `lateMs` after the request. */
  | 'late';

export interface ProviderBehaviour {
  seed: number;
  /** The share of requests that each fault meets, from 0 to 1. */
  faults: { create?: Partial<Record<ProviderFault, number>>; search?: Partial<Record<ProviderFault, number>> };
  /** How long a draft stays out of the search: the least and the most, in milliseconds. */
  searchLagMs: [number, number];
  lateMs: number;
}

/** One draft that the provider took in. */
export interface LedgerLine {
  draftId: string;
  messageId: string;
  dispatchId: string;
  at: number;
}

export interface ProviderProcess {
  url: string;
  /** Every draft that it ever took in, doubles included, read from its disk. */
  ledger(): LedgerLine[];
  behave(behaviour: ProviderBehaviour): Promise<void>;
  /** How many requests it has had. */
  requests(): Promise<number>;
  stop(): Promise<void>;
}

export const WELL_BEHAVED: ProviderBehaviour = { seed: 1, faults: {}, searchLagMs: [0, 0], lateMs: 0 };

/** Starts the provider with its ledger in `directory`. */
export async function startProvider(directory: string, behaviour = WELL_BEHAVED): Promise<ProviderProcess> {
  const file = path.join(directory, 'provider.jsonl');
  const child = await startScript('mail-provider', [file, JSON.stringify(behaviour)]);
  return {
    url: child.url,
    ledger: () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as LedgerLine),
    async behave(next) {
      await fetch(`${child.url}/behaviour`, { method: 'PUT', body: JSON.stringify(next) });
    },
    async requests() {
      const answer = await fetch(`${child.url}/requests`);
      return ((await answer.json()) as { requests: number }).requests;
    },
    async stop() {
      await child.kill('SIGKILL');
    },
  };
}
