import { type HealthAssessment, SCORE_PARTS, type ScoreBreakdown, type ScoreFactor } from './health-score';

/** The breakdown as stored: points in the order of SCORE_PARTS, then the factors. Equal texts are equal breakdowns. */
export function encodeBreakdown(assessment: Pick<HealthAssessment, 'breakdown' | 'factors'>): string {
  return JSON.stringify([SCORE_PARTS.map((part) => assessment.breakdown[part]), assessment.factors]);
}

export function decodeBreakdown(text: string): { breakdown: ScoreBreakdown; factors: ScoreFactor[] } {
  const [points, factors] = JSON.parse(text) as [number[], ScoreFactor[]];
  const breakdown = Object.fromEntries(SCORE_PARTS.map((part, index) => [part, points[index] ?? 0]));
  return { breakdown: breakdown as ScoreBreakdown, factors };
}
