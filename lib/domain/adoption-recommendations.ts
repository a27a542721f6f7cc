import type { AdoptionAssessment, AdoptionPolicy, AdoptionRecommendation, AssessedFeature } from './adoption';
import { type AdoptionAccount, compareTexts } from './adoption-use';
import { formatCount, formatDate, formatNumber } from './format';

interface Compared {
  account: Pick<AdoptionAccount, 'seats'>;
  benchmark: AdoptionAssessment['benchmark'];
  benchmarkAsOf: string | null;
  now: Date;
  policy: AdoptionPolicy;
}

/**
 * What the account could use more. Rank: share of the peers that use it × how far below their median it is × what it is
 * worth, which is more where the account pays for it in a module of its own.
 */
export function rankRecommendations(
  features: readonly AssessedFeature[],
  compared: Compared,
): AdoptionRecommendation[] {
  const { benchmark, policy } = compared;
  if (benchmark === null) return [];
  return features
    .filter((feature) => feature.standing === 'under_used')
    .map((feature) => ({ feature, worth: worthOf(feature, policy) }))
    .sort((a, b) => b.worth - a.worth || compareTexts(a.feature.feature, b.feature.feature))
    .slice(0, policy.maxRecommendations)
    .map(({ feature }, index) => ({
      rank: index + 1,
      feature: feature.feature,
      ...(feature.used ? useMore(feature, benchmark, compared) : begin(feature, benchmark, compared)),
    }));
}

function worthOf(feature: AssessedFeature, policy: AdoptionPolicy): number {
  const weight = feature.item?.owned ? policy.paidWeight : 1;
  return (feature.peerShare ?? 0) * (feature.gap ?? 0) * weight;
}

type Words = Pick<AdoptionRecommendation, 'text' | 'evidence'>;
type Benchmark = NonNullable<AdoptionAssessment['benchmark']>;

/** Nobody there uses it, or nobody does any more. */
function begin(feature: AssessedFeature, benchmark: Benchmark, compared: Compared): Words {
  const { peers } = peersInWords(feature, benchmark);
  const { lastUsedAt } = feature;
  const last = lastUsedAt === null ? null : formatDate(new Date(lastUsedAt));
  return {
    text:
      last === null
        ? `Introduce ${feature.feature}: ${peers} use it, this account does not.${paidInWords(feature)}`
        : `Bring back ${feature.feature}: last used here in the period to ${last}, while ${peers} use it.${paidInWords(feature)}`,
    evidence: [
      ...(last === null
        ? []
        : [{ label: `${feature.feature}: last used here, period to`, value: last, observedAt: lastUsedAt }]),
      peerEvidence(feature, benchmark, compared),
      {
        label: `${feature.feature}: uses here`,
        value: `none in ${formatCount(compared.policy.windowDays, 'day')}`,
        observedAt: compared.now.toISOString(),
      },
      ...paidEvidence(feature),
    ],
  };
}

/** It is used, far less than by others. */
function useMore(feature: AssessedFeature, benchmark: Benchmark, compared: Compared): Words {
  const { share, where } = peersInWords(feature, benchmark);
  const days = formatCount(compared.policy.windowDays, 'day');
  const own = formatPerSeat(feature.usesPerSeat ?? 0);
  const median = formatPerSeat(feature.peerMedianUses ?? 0);
  return {
    text: `Get more out of ${feature.feature}: ${own} uses per seat in ${days} here; the median of the accounts ${where} that use it (${share}) is ${median}.${paidInWords(feature)}`,
    evidence: [
      {
        label: `${feature.feature}: uses per seat here`,
        value: `${own} in ${days} (${formatCount(feature.uses, 'use')}, ${formatCount(compared.account.seats ?? 0, 'seat')})`,
        observedAt: feature.lastUsedAt,
      },
      {
        label: `${feature.feature}: uses per seat, median of the peers that use it`,
        value: `${median} in ${days}`,
        observedAt: compared.benchmarkAsOf,
      },
      peerEvidence(feature, benchmark, compared),
      ...paidEvidence(feature),
    ],
  };
}

function peerEvidence(feature: AssessedFeature, benchmark: Benchmark, { benchmarkAsOf }: Compared) {
  const { share, where } = peersInWords(feature, benchmark);
  return { label: `${feature.feature}: other accounts ${where} that use it`, value: share, observedAt: benchmarkAsOf };
}

function peersInWords(feature: AssessedFeature, { segment, accounts }: Benchmark) {
  const where = segment === null ? 'of the portfolio' : `of the segment ${segment}`;
  const share = `${formatNumber(feature.peers ?? 0)} of ${formatNumber(accounts)}`;
  return { share, where, peers: `${share} accounts ${where}` };
}

function paidInWords({ item }: AssessedFeature): string {
  return item?.owned ? ` It comes with the ${item.name} ${item.type}, which is paid for.` : '';
}

function paidEvidence({ feature, item }: AssessedFeature) {
  if (!item?.owned) return [];
  return [{ label: `${feature}: comes with`, value: `${item.name} (${item.type}, owned)`, observedAt: null }];
}

/** Two figures that matter where it is small: 0.043, 1.2, 12. */
export function formatPerSeat(value: number): string {
  if (value === 0) return '0';
  if (value < 1) return String(Number(value.toPrecision(2)));
  return formatNumber(value >= 10 ? Math.round(value) : value);
}
