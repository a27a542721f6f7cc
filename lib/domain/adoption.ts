import { type AdoptionBenchmark, type AdoptionBenchmarks, type Peers, withoutOwn } from './adoption-benchmark';
import { rankRecommendations } from './adoption-recommendations';
import {
  type AdoptionAccount,
  adoptionRate,
  compareTexts,
  type Ownership,
  type OwnUse,
  ownership,
  useWithin,
} from './adoption-use';
import type { CatalogueFacts } from './expansion';

/** How much one account used one feature over the window that is looked at. */
export interface FeatureAdoption {
  feature: string;
  /** Uses of all periods in the window; active users, where the source counts them, of the period that had most. */
  uses: number;
  activeUsers: number | null;
  used: boolean;
  /** Share of the peers that use it, 0–1; null where there are too few peers to compare with. */
  peerShare: number | null;
  /** Median uses per seat of the peers that use it; null as above, and where seats are not known. */
  peerMedianUses: number | null;
  /** Of all that is known, also from before the window. */
  lastUsedAt: string | null;
}

/** A feature that the account could use more, the most worthwhile first. */
export interface AdoptionRecommendation {
  rank: number;
  feature: string;
  /** A sentence that stands alone and whose numbers are all in `evidence`. */
  text: string;
  evidence: { label: string; value: string; observedAt: string | null }[];
}

/** Which features an account uses, against what accounts of the same segment use. */
export interface AdoptionAssessment {
  /** Calendar days, `YYYY-MM-DD`. */
  from: string;
  to: string;
  featuresUsed: number;
  featuresKnown: number;
  /** `featuresUsed` ÷ `featuresKnown`, 0–1; null where no feature is known. */
  adoptionRate: number | null;
  /** Other accounts of the same segment, or of the portfolio where the segment has too few; null where both have. */
  benchmark: { segment: string | null; accounts: number; adoptionRate: number } | null;
  /** By peers' use, the most used first. */
  features: FeatureAdoption[];
  recommendations: AdoptionRecommendation[];
}

/**
 * How a feature stands. `under_used`: peers use it and this account does not, or far less. `not_owned`: it belongs to a
 * module or integration that the account does not have, so that it is a matter of expansion, not of adoption.
 */
export type FeatureStanding = 'in_use' | 'under_used' | 'unused' | 'not_owned';

/** A feature with what the ranking looked at. */
export interface AssessedFeature extends FeatureAdoption {
  /** Uses per seat over the window; null where seats are not known. */
  usesPerSeat: number | null;
  /** Other accounts that use it; null where there are too few peers. */
  peers: number | null;
  standing: FeatureStanding;
  /** The module or integration of the catalogue that it belongs to; null: it comes with the product. */
  item: ReturnType<Ownership>;
  /** How far below the peers' median its use is, 0–1; 1 where it is not used at all, null where nothing compares. */
  gap: number | null;
}

/** The assessment with what a screen shows beyond it. */
export interface AssessedAdoption extends AdoptionAssessment {
  windowDays: number;
  /** Whether the source reported any use in the window. */
  reported: boolean;
  /** When the peers were looked at; null where they have not been yet. */
  benchmarkAsOf: string | null;
  features: AssessedFeature[];
}

export interface AdoptionPolicy {
  /** Days back from `now` that count. */
  windowDays: number;
  /** Fewer peers than this are no comparison. */
  minPeers: number;
  /** A feature that a smaller share of the peers uses is no habit of theirs. */
  minPeerShare: number;
  /** Fewer peers that use a feature than this have no median worth naming. */
  minUsers: number;
  /** Below this share of the peers' median a feature is under-used. */
  underUsedBelow: number;
  /** How much more a feature counts that the account pays for in a module or integration of its own. */
  paidWeight: number;
  maxRecommendations: number;
}

export const DEFAULT_ADOPTION_POLICY: AdoptionPolicy = {
  windowDays: 28,
  minPeers: 5,
  minPeerShare: 0.25,
  minUsers: 3,
  underUsedBelow: 0.5,
  paidWeight: 1.5,
  maxRecommendations: 5,
};

const DAY_MS = 86_400_000;

/** Which features an account uses, what its peers use, and what it could use more. */
export function assessAdoption(
  account: AdoptionAccount,
  benchmarks: AdoptionBenchmarks,
  catalogue: CatalogueFacts,
  now: Date,
  policy: AdoptionPolicy = DEFAULT_ADOPTION_POLICY,
): AssessedAdoption {
  const window = policy.windowDays * DAY_MS;
  const from = new Date(now.getTime() - window);
  const own = useWithin(account.usage, from, now);
  const ever = useWithin(account.usage, new Date(0), now);
  const owns = ownership(account, catalogue);
  const known = knownFeatures(benchmarks, own);
  const peers = choosePeers(account, benchmarks, owns, policy);
  const features = [...known].map(([key, label]) => {
    const use = own.get(key);
    const item = owns(key);
    const compared = peers?.features.get(key) ?? null;
    const usesPerSeat = account.seats ? (use?.uses ?? 0) / account.seats : null;
    const median =
      usesPerSeat !== null && compared !== null && compared.accounts >= policy.minUsers ? compared.median : null;
    const peerShare = peers === null ? null : (compared?.accounts ?? 0) / peers.accounts;
    const used = (use?.uses ?? 0) > 0;
    const gap = gapOf(used, usesPerSeat, median, peerShare);
    return {
      feature: label,
      uses: use?.uses ?? 0,
      activeUsers: use?.activeUsers ?? null,
      used,
      peerShare,
      peerMedianUses: median,
      lastUsedAt: ever.get(key)?.lastUsedAt?.toISOString() ?? null,
      usesPerSeat,
      peers: peers === null ? null : (compared?.accounts ?? 0),
      standing: standingOf({ used, item, peerShare, gap }, policy),
      item,
      gap,
    } satisfies AssessedFeature;
  });
  features.sort(
    (a, b) => (b.peerShare ?? 0) - (a.peerShare ?? 0) || b.uses - a.uses || compareTexts(a.feature, b.feature),
  );
  const available = features.filter((feature) => feature.standing !== 'not_owned' || feature.used);
  const featuresUsed = features.filter((feature) => feature.used).length;
  const benchmark = peers && {
    segment: peers.segment,
    accounts: peers.accounts,
    adoptionRate: peers.adoptionRate,
  };
  const benchmarkAsOf = benchmarks.portfolio?.asOf.toISOString() ?? null;
  return {
    from: dayOf(from),
    to: dayOf(now),
    windowDays: policy.windowDays,
    reported: own.size > 0,
    featuresUsed,
    featuresKnown: available.length,
    adoptionRate: available.length === 0 ? null : featuresUsed / available.length,
    benchmark,
    benchmarkAsOf,
    features,
    recommendations: rankRecommendations(features, { account, benchmark, benchmarkAsOf, now, policy }),
  };
}

/** What anybody in the portfolio uses, and what this account uses. */
function knownFeatures(benchmarks: AdoptionBenchmarks, own: ReadonlyMap<string, OwnUse>): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const [key, feature] of benchmarks.portfolio?.features ?? []) known.set(key, feature.label);
  for (const [key, use] of own) if (use.uses > 0 && !known.has(key)) known.set(key, use.label);
  return known;
}

/** The others of the segment, else of the portfolio; null where there are too few of both. */
function choosePeers(
  account: AdoptionAccount,
  benchmarks: AdoptionBenchmarks,
  owns: Ownership,
  policy: AdoptionPolicy,
): Peers | null {
  const others = (benchmark: AdoptionBenchmark | null) => {
    if (benchmark === null) return null;
    const from = new Date(benchmark.asOf.getTime() - policy.windowDays * DAY_MS);
    const own = useWithin(account.usage, from, benchmark.asOf);
    const counted = account.active && own.size > 0;
    const rate = adoptionRate(own, benchmarks.portfolio?.features.keys() ?? [], owns) ?? 0;
    const peers = withoutOwn(benchmark, counted ? { rate, seats: account.seats, own } : null);
    return peers.accounts >= policy.minPeers ? peers : null;
  };
  return others(benchmarks.segment) ?? others(benchmarks.portfolio);
}

function gapOf(used: boolean, usesPerSeat: number | null, median: number | null, peerShare: number | null) {
  if (peerShare === null) return null;
  if (!used) return 1;
  if (usesPerSeat === null || median === null || median <= 0) return null;
  return Math.max(0, 1 - usesPerSeat / median);
}

function standingOf(
  feature: Pick<AssessedFeature, 'used' | 'item' | 'peerShare' | 'gap'>,
  policy: AdoptionPolicy,
): FeatureStanding {
  if (feature.item !== null && !feature.item.owned) return 'not_owned';
  const habit = (feature.peerShare ?? 0) >= policy.minPeerShare;
  if (habit && feature.gap !== null && feature.gap > 1 - policy.underUsedBelow) return 'under_used';
  return feature.used ? 'in_use' : 'unused';
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
