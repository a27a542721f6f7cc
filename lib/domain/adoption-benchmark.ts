import { type AdoptionAccount, compareTexts, type Ownership, type OwnUse, ownership } from './adoption-use';
import type { CatalogueFacts } from './expansion';
import { foldName } from './expansion-catalogue';

/** What the accounts of one segment use, or those of the whole portfolio, over one window that ends at `asOf`. */
export interface AdoptionBenchmark {
  /** Null: the portfolio. */
  segment: string | null;
  asOf: Date;
  /** Accounts that any use was reported of. */
  accounts: number;
  /** Sum of their adoption rates: one of them can be taken out again. */
  rateSum: number;
  /** By folded name. */
  features: ReadonlyMap<string, FeatureBenchmark>;
}

export interface FeatureBenchmark {
  label: string;
  /** Accounts that used it. */
  accounts: number;
  /** Those among them whose seats are known. */
  withSeats: number;
  /**
   * Of the uses per seat in order: the middle one and its neighbours, or the two in the middle and null between them. They
   * tell the median, and what it is without any one of the accounts.
   */
  below: number | null;
  middle: number | null;
  above: number | null;
}

export interface AdoptionBenchmarks {
  segment: AdoptionBenchmark | null;
  portfolio: AdoptionBenchmark | null;
}

/** The peers of one account. */
export interface Peers {
  segment: string | null;
  accounts: number;
  adoptionRate: number;
  features: ReadonlyMap<string, { accounts: number; median: number | null }>;
}

/** What an account brought into a benchmark; null: it is not in there. */
type Counted = { rate: number; seats: number | null; own: ReadonlyMap<string, OwnUse> } | null;

/** A benchmark without the account that is compared with it: nobody is their own peer. */
export function withoutOwn(benchmark: AdoptionBenchmark, counted: Counted): Peers {
  const accounts = Math.max(0, benchmark.accounts - (counted ? 1 : 0));
  const rateSum = benchmark.rateSum - (counted?.rate ?? 0);
  const features = new Map<string, { accounts: number; median: number | null }>();
  for (const [key, feature] of benchmark.features) {
    const uses = counted?.own.get(key)?.uses ?? 0;
    const others = Math.min(accounts, Math.max(0, feature.accounts - (uses > 0 ? 1 : 0)));
    const perSeat = uses > 0 && counted?.seats ? uses / counted.seats : null;
    features.set(key, { accounts: others, median: medianWithout(feature, perSeat) });
  }
  return {
    segment: benchmark.segment,
    accounts,
    adoptionRate: accounts === 0 ? 0 : Math.min(1, Math.max(0, rateSum / accounts)),
    features,
  };
}

/** The median of all but one value, which is among them; of all where it is null. */
export function medianWithout(
  { below, middle, above }: Pick<FeatureBenchmark, 'below' | 'middle' | 'above'>,
  own: number | null,
): number | null {
  if (own === null) return middle ?? between(below, above);
  if (middle === null) {
    if (below === null || above === null) return null;
    return own >= above ? below : above;
  }
  if (own > middle) return between(below, middle);
  return own < middle ? between(middle, above) : between(below, above);
}

function between(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : (a + b) / 2;
}

/** The middle of a list, as {@link FeatureBenchmark} keeps it. */
export function middleOf(values: readonly number[]): Pick<FeatureBenchmark, 'below' | 'middle' | 'above'> {
  const sorted = Float64Array.from(values).sort();
  const half = Math.floor(sorted.length / 2);
  const at = (index: number) => sorted[index] ?? null;
  if (sorted.length % 2 === 0) return { below: at(half - 1), middle: null, above: at(half) };
  return { below: at(half - 1), middle: at(half), above: at(half + 1) };
}

/** An account with its uses over the window, added up by feature. */
export type BenchmarkAccount = Pick<AdoptionAccount, 'segment' | 'seats' | 'modules' | 'integrations'> & {
  use: readonly { feature: string; uses: number }[];
};

/**
 * Adds accounts up to benchmarks, one after the other: what is kept of each is its segment, what it owns and four numbers,
 * so that a portfolio of any size fits.
 */
export function createBenchmarking(catalogue: CatalogueFacts, asOf: Date) {
  const groups = new Map<string | null, Group>();
  const owned = new Map<string, { owns: Ownership; inReach: number | null }>();
  const all: { segment: string | null; owned: string; used: number; beyond: number }[] = [];

  function groupOf(segment: string | null): Group {
    let group = groups.get(segment);
    if (group === undefined) {
      group = { accounts: 0, rateSum: 0, features: new Map() };
      groups.set(segment, group);
    }
    return group;
  }

  return {
    add(account: BenchmarkAccount): void {
      if (account.use.length === 0) return;
      const key = JSON.stringify([account.modules, account.integrations]);
      let reach = owned.get(key);
      if (reach === undefined) {
        reach = { owns: ownership(account, catalogue), inReach: null };
        owned.set(key, reach);
      }
      let used = 0;
      let beyond = 0;
      const segments = account.segment === null ? [null] : [null, account.segment];
      for (const [feature, { label, uses }] of folded(account.use)) {
        if (uses <= 0) continue;
        used += 1;
        if (reach.owns(feature)?.owned === false) beyond += 1;
        for (const segment of segments) {
          const { features } = groupOf(segment);
          let seen = features.get(feature);
          if (seen === undefined) {
            seen = { label, accounts: 0, perSeat: [] };
            features.set(feature, seen);
          }
          seen.accounts += 1;
          // The same spelling whichever account comes first.
          if (compareTexts(label, seen.label) < 0) seen.label = label;
          if (account.seats) seen.perSeat.push(uses / account.seats);
        }
      }
      for (const segment of segments) groupOf(segment).accounts += 1;
      all.push({ segment: account.segment, owned: key, used, beyond });
    },

    /** In small steps, between which others have their turn; the portfolio comes first. */
    *finish(): Generator<undefined, AdoptionBenchmark[]> {
      const known = [...(groups.get(null)?.features.keys() ?? [])];
      for (const { segment, owned: key, used, beyond } of all) {
        const reach = owned.get(key);
        if (reach === undefined) continue;
        reach.inReach ??= known.filter((feature) => reach.owns(feature)?.owned ?? true).length;
        const rate = used === 0 ? 0 : used / (reach.inReach + beyond);
        groupOf(null).rateSum += rate;
        if (segment !== null) groupOf(segment).rateSum += rate;
      }
      const found: AdoptionBenchmark[] = [];
      for (const [segment, { accounts, rateSum, features }] of groups) {
        const measured = new Map<string, FeatureBenchmark>();
        for (const [key, { label, accounts: users, perSeat }] of features) {
          yield;
          measured.set(key, { label, accounts: users, withSeats: perSeat.length, ...middleOf(perSeat) });
        }
        found.push({ segment, asOf, accounts, rateSum, features: measured });
      }
      return found.sort((a, b) => compareTexts(a.segment ?? '', b.segment ?? ''));
    },
  };
}

interface Group {
  accounts: number;
  rateSum: number;
  features: Map<string, { label: string; accounts: number; perSeat: number[] }>;
}

/** Spellings that differ in case alone are one feature. */
function folded(use: BenchmarkAccount['use']): Map<string, { label: string; uses: number }> {
  const byKey = new Map<string, { label: string; uses: number }>();
  for (const { feature, uses } of use) {
    const key = foldName(feature);
    const before = byKey.get(key);
    if (before) before.uses += uses;
    else byKey.set(key, { label: feature.trim(), uses });
  }
  return byKey;
}
