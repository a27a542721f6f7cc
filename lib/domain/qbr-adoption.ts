import type { AdoptionRecommendation } from './adoption';
import { formatCount, formatNumber, formatPercent } from './format';
import { byRules, type ReviewFacts, type ReviewFrame, type ReviewText } from './qbr-facts';
import { dayInWords } from './qbr-health';

/** Which features are used, against what comparable accounts use. */
export interface AdoptionSection {
  summary: ReviewText;
  /** Whose word it is: the assessment with its benchmark, usage reports alone, or nobody's. */
  source: 'assessment' | 'usage' | 'none';
  /** The days looked at. */
  from: string | null;
  to: string | null;
  featuresUsed: number;
  featuresKnown: number;
  /** 0–1. */
  adoptionRate: number | null;
  benchmark: { segment: string | null; accounts: number; adoptionRate: number } | null;
  /** The most used first. */
  features: {
    feature: string;
    uses: number;
    activeUsers: number | null;
    used: boolean;
    /** Share of comparable accounts that use it, 0–1. */
    peerShare: number | null;
    lastUsedOn: string | null;
  }[];
  /** How many features more there are than are listed. */
  moreFeatures: number;
  recommendations: { feature: string; text: string }[];
}

const MOST_FEATURES = 14;
const MOST_RECOMMENDATIONS = 3;

export function reviewAdoption(facts: ReviewFacts, frame: ReviewFrame): AdoptionSection {
  return facts.adoption ? fromAssessment(facts.adoption, frame) : fromUsage(facts, frame);
}

function fromAssessment(adoption: NonNullable<ReviewFacts['adoption']>, frame: ReviewFrame): AdoptionSection {
  const { benchmark, adoptionRate, featuresUsed, featuresKnown } = adoption;
  const recommendations = [...adoption.recommendations]
    .sort((a: AdoptionRecommendation, b: AdoptionRecommendation) => a.rank - b.rank)
    .slice(0, MOST_RECOMMENDATIONS);
  return {
    summary: byRules([
      `${formatNumber(featuresUsed)} of ${formatCount(featuresKnown, 'known feature')} ${featuresUsed === 1 ? 'is' : 'are'} in use${adoptionRate === null ? '' : ` (${formatPercent(adoptionRate)})`}.`,
      comparison(adoptionRate, benchmark),
      ...recommendations.slice(0, 1).map(({ text }) => text),
    ]),
    source: 'assessment',
    from: adoption.from,
    to: adoption.to,
    featuresUsed,
    featuresKnown,
    adoptionRate,
    benchmark,
    features: adoption.features
      .slice(0, MOST_FEATURES)
      .map(({ feature, uses, activeUsers, used, peerShare, lastUsedAt }) => ({
        feature,
        uses,
        activeUsers,
        used,
        peerShare,
        lastUsedOn: lastUsedAt === null ? null : frame.day(new Date(lastUsedAt)),
      })),
    moreFeatures: Math.max(0, adoption.features.length - MOST_FEATURES),
    recommendations: recommendations.map(({ feature, text }) => ({ feature, text })),
  };
}

function comparison(rate: number | null, benchmark: AdoptionSection['benchmark']): string {
  if (benchmark === null) return 'There are too few comparable accounts to compare with.';
  const peers =
    benchmark.segment === null ? 'accounts of the portfolio' : `accounts of the segment ${benchmark.segment}`;
  const theirs = `${formatCount(benchmark.accounts, 'other account')}`;
  if (rate === null) return `The ${peers} (${theirs}) use ${formatPercent(benchmark.adoptionRate)}.`;
  const gap = Math.round((rate - benchmark.adoptionRate) * 100);
  const place =
    gap === 0
      ? 'as much as'
      : gap > 0
        ? `${formatCount(gap, 'point')} more than`
        : `${formatCount(-gap, 'point')} less than`;
  return `That is ${place} the ${peers} (${formatPercent(benchmark.adoptionRate)} across ${theirs}).`;
}

/** What the usage reports say by themselves: no benchmark, and no feature that nobody reported. */
function fromUsage({ features }: ReviewFacts, frame: ReviewFrame): AdoptionSection {
  const listed = [...features].sort((a, b) => b.uses - a.uses || (a.feature < b.feature ? -1 : 1));
  const used = listed.filter(({ uses }) => uses > 0);
  const none = listed.length === 0;
  const to = frame.day(new Date(frame.until.getTime() - 1));
  return {
    summary: byRules(
      none
        ? [`No usage data is there for the four weeks up to ${dayInWords(to)}, so adoption cannot be shown.`]
        : [
            `${formatCount(used.length, 'feature')} ${used.length === 1 ? 'was' : 'were'} in use in the four weeks up to ${dayInWords(to)}${used[0] === undefined ? '' : `, most of all ${used[0].feature}`}.`,
            'They are not compared with other accounts: no benchmark is there.',
          ],
    ),
    source: none ? 'none' : 'usage',
    from: null,
    to: none ? null : to,
    featuresUsed: used.length,
    featuresKnown: listed.length,
    adoptionRate: null,
    benchmark: null,
    features: listed.slice(0, MOST_FEATURES).map(({ feature, uses, activeUsers, lastUsedAt }) => ({
      feature,
      uses,
      activeUsers,
      used: uses > 0,
      peerShare: null,
      lastUsedOn: lastUsedAt === null ? null : frame.day(lastUsedAt),
    })),
    moreFeatures: Math.max(0, listed.length - MOST_FEATURES),
    recommendations: [],
  };
}
