/** How much one account used one feature over the window that is looked at. */
export interface FeatureAdoption {
  feature: string;
  /** Uses and, where the source counts them, active users: of the newest period in the window. */
  uses: number;
  activeUsers: number | null;
  used: boolean;
  /** Share of the peers that use it, 0–1; null where there are too few peers to compare with. */
  peerShare: number | null;
  /** Median uses of the peers that use it, per seat where seats are known; null as above. */
  peerMedianUses: number | null;
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
