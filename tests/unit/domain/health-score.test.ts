import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assessHealth,
  describePart,
  PART_LABELS,
  partMaxPoints,
  SCORE_PARTS,
  type ScorePart,
  scoreOnly,
  whatMoved,
} from '../../../lib/domain/health-score';
import { DEFAULT_SCORING_MODEL, type ScoringModel } from '../../../lib/domain/scoring-model';
import type { HealthSignals } from '../../../lib/domain/signals';
import { anySignals, BEST, WORST } from './arbitraries';

/** The table of parts and points, row by row: the part, the signals that differ from the best account, the points. */
const TABLE: [ScorePart, Partial<HealthSignals>, number][] = [
  ['featureAdoptionRate', { featureAdoptionRate: 0 }, 0],
  ['featureAdoptionRate', { featureAdoptionRate: 0.5 }, 10],
  ['featureAdoptionRate', { featureAdoptionRate: 1 }, 20],
  ['usageTrend', { usageTrend: 'growing' }, 15],
  ['usageTrend', { usageTrend: 'stable' }, 10],
  ['usageTrend', { usageTrend: 'declining' }, 3],
  ['usageTrend', { usageTrend: 'inactive' }, 0],
  ['loginFrequencyDays', { loginFrequencyDays: null }, 5],
  ['loginFrequencyDays', { loginFrequencyDays: 0 }, 10],
  ['loginFrequencyDays', { loginFrequencyDays: 7 }, 10],
  ['loginFrequencyDays', { loginFrequencyDays: 7.01 }, 7],
  ['loginFrequencyDays', { loginFrequencyDays: 30 }, 7],
  ['loginFrequencyDays', { loginFrequencyDays: 31 }, 4],
  ['loginFrequencyDays', { loginFrequencyDays: 60 }, 4],
  ['loginFrequencyDays', { loginFrequencyDays: 61 }, 0],
  ['daysSinceLastInteraction', { daysSinceLastInteraction: null }, 5],
  ['daysSinceLastInteraction', { daysSinceLastInteraction: 30 }, 10],
  ['daysSinceLastInteraction', { daysSinceLastInteraction: 31 }, 7],
  ['daysSinceLastInteraction', { daysSinceLastInteraction: 60 }, 7],
  ['daysSinceLastInteraction', { daysSinceLastInteraction: 61 }, 4],
  ['daysSinceLastInteraction', { daysSinceLastInteraction: 90 }, 4],
  ['daysSinceLastInteraction', { daysSinceLastInteraction: 91 }, 0],
  ['invoicePaymentStatus', { invoicePaymentStatus: 'current' }, 10],
  ['invoicePaymentStatus', { invoicePaymentStatus: 'overdue_30' }, 6],
  ['invoicePaymentStatus', { invoicePaymentStatus: 'overdue_60' }, 3],
  ['invoicePaymentStatus', { invoicePaymentStatus: 'overdue_90_plus' }, 0],
  ['support', { avgTicketSentiment: 'positive', openTicketCount: 0 }, 10],
  ['support', { avgTicketSentiment: 'positive', openTicketCount: 3 }, 7],
  ['support', { avgTicketSentiment: 'positive', openTicketCount: 5 }, 5],
  ['support', { avgTicketSentiment: 'positive', openTicketCount: 400 }, 5],
  ['support', { avgTicketSentiment: 'neutral', openTicketCount: 0 }, 7],
  ['support', { avgTicketSentiment: 'neutral', openTicketCount: 6 }, 2],
  ['support', { avgTicketSentiment: 'negative', openTicketCount: 2 }, 1],
  ['support', { avgTicketSentiment: 'negative', openTicketCount: 4 }, 0],
  ['support', { avgTicketSentiment: 'critical', openTicketCount: 0 }, 0],
  ['support', { avgTicketSentiment: 'critical', openTicketCount: 5 }, 0],
  ['daysToRenewal', { daysToRenewal: null }, 7],
  ['daysToRenewal', { daysToRenewal: 181 }, 10],
  ['daysToRenewal', { daysToRenewal: 180 }, 8],
  ['daysToRenewal', { daysToRenewal: 91 }, 8],
  ['daysToRenewal', { daysToRenewal: 90 }, 6],
  ['daysToRenewal', { daysToRenewal: 61 }, 6],
  ['daysToRenewal', { daysToRenewal: 60 }, 3],
  ['daysToRenewal', { daysToRenewal: 31 }, 3],
  ['daysToRenewal', { daysToRenewal: 30 }, 1],
  ['daysToRenewal', { daysToRenewal: 0 }, 1],
  ['daysToRenewal', { daysToRenewal: -10 }, 1],
  ['seatsUtilizationRate', { seatsUtilizationRate: 1.01 }, 4],
  ['seatsUtilizationRate', { seatsUtilizationRate: 2 }, 4],
  ['seatsUtilizationRate', { seatsUtilizationRate: 1 }, 5],
  ['seatsUtilizationRate', { seatsUtilizationRate: 0.8 }, 5],
  ['seatsUtilizationRate', { seatsUtilizationRate: 0.79 }, 3],
  ['seatsUtilizationRate', { seatsUtilizationRate: 0.5 }, 3],
  ['seatsUtilizationRate', { seatsUtilizationRate: 0.49 }, 1],
  ['seatsUtilizationRate', { seatsUtilizationRate: 0 }, 1],
  ['stakeholderEngagement', { stakeholderEngagement: 'high' }, 5],
  ['stakeholderEngagement', { stakeholderEngagement: 'medium' }, 3],
  ['stakeholderEngagement', { stakeholderEngagement: 'low' }, 1],
  ['npsScore', { npsScore: null }, 2],
  ['npsScore', { npsScore: 10 }, 3],
  ['npsScore', { npsScore: 9 }, 3],
  ['npsScore', { npsScore: 8.9 }, 2],
  ['npsScore', { npsScore: 7 }, 2],
  ['npsScore', { npsScore: 5 }, 1],
  ['npsScore', { npsScore: 4.9 }, 0],
  ['npsScore', { npsScore: 0 }, 0],
  ['escalationCount90Days', { escalationCount90Days: 0 }, 2],
  ['escalationCount90Days', { escalationCount90Days: 1 }, 1],
  ['escalationCount90Days', { escalationCount90Days: 2 }, 0],
];

describe('assessHealth', () => {
  it.each(TABLE)('%s of %j wins %d points', (part, signals, points) => {
    const assessment = assessHealth({ ...BEST, ...signals });
    expect(assessment.breakdown[part]).toBe(points);
    expect(assessment.score).toBeCloseTo(100 - partMaxPoints(part) + points, 9);
  });

  it('gives 100 to the best account and 3 × 0.80 × 0.85 to the worst', () => {
    expect(assessHealth(BEST).score).toBe(100);
    expect(assessHealth(WORST).score).toBeCloseTo(3 * 0.8 * 0.85, 12);
  });

  it.each([
    ['collectionsRisk', { collectionsRisk: 'CRITICAL' }, 80],
    ['collectionsRisk', { collectionsRisk: 'RED' }, 90],
    ['collectionsRisk', { collectionsRisk: 'AMBER' }, 100],
    ['collectionsRisk', { collectionsRisk: 'GREEN' }, 100],
    ['tamHealthRag', { tamHealthRag: 'RED' }, 85],
    ['tamHealthRag', { tamHealthRag: 'AMBER' }, 95],
    ['tamHealthRag', { tamHealthRag: 'GREEN' }, 100],
  ] as [string, Partial<HealthSignals>, number][])('%s %j leaves %d of 100', (signal, signals, score) => {
    const assessment = assessHealth({ ...BEST, ...signals });
    expect(assessment.score).toBeCloseTo(score, 12);
    expect(assessment.factors.map((factor) => factor.signal)).toEqual(score === 100 ? [] : [signal]);
  });

  it('multiplies both factors, collections first, and leaves the breakdown plain', () => {
    const assessment = assessHealth({ ...BEST, collectionsRisk: 'RED', tamHealthRag: 'AMBER' });
    expect(assessment.score).toBe(100 * 0.9 * 0.95);
    expect(assessment.factors).toEqual([
      { signal: 'collectionsRisk', value: 'RED', factor: 0.9 },
      { signal: 'tamHealthRag', value: 'AMBER', factor: 0.95 },
    ]);
    expect(assessment.breakdown).toEqual(assessHealth(BEST).breakdown);
  });

  const SEVENTY: HealthSignals = {
    ...BEST,
    featureAdoptionRate: 0.5,
    usageTrend: 'stable',
    invoicePaymentStatus: 'overdue_90_plus',
    loginFrequencyDays: null,
  };
  const FORTY: HealthSignals = {
    ...SEVENTY,
    avgTicketSentiment: 'critical',
    daysToRenewal: 30,
    daysSinceLastInteraction: 91,
    escalationCount90Days: 1,
  };

  it.each([
    [{ ...SEVENTY }, 70, 'GREEN'],
    [{ ...SEVENTY, featureAdoptionRate: 0.4999 }, 69.998, 'AMBER'],
    [{ ...FORTY }, 40, 'AMBER'],
    [{ ...FORTY, featureAdoptionRate: 0.4999 }, 39.998, 'RED'],
  ] as [HealthSignals, number, string][])('colours the score before any rounding (case %#)', (signals, score, rag) => {
    const assessment = assessHealth(signals);
    expect(assessment.score).toBeCloseTo(score, 9);
    expect(assessment.rag).toBe(rag);
  });

  it.each([
    [BEST, false],
    [WORST, true],
    [{ ...SEVENTY, usageTrend: 'declining', daysToRenewal: 50 }, true],
    [{ ...SEVENTY, daysToRenewal: 61, npsScore: 0 }, false],
  ] as [HealthSignals, boolean][])('alerts where RED or at high risk (case %#)', (signals, shouldAlert) => {
    expect(assessHealth(signals).shouldAlert).toBe(shouldAlert);
  });

  it('takes every number from the model it is given', () => {
    const model: ScoringModel = {
      ...DEFAULT_SCORING_MODEL,
      rag: { green: 100, amber: 90 },
      parts: { ...DEFAULT_SCORING_MODEL.parts, featureAdoptionRate: { points: 10 } },
    };
    expect(assessHealth(BEST, model)).toMatchObject({ score: 90, rag: 'AMBER' });
    expect(scoreOnly(BEST, model)).toEqual({ score: 90, rag: 'AMBER' });
  });

  it('agrees with an independent reading of the table for any signals', () => {
    fc.assert(
      fc.property(anySignals, (signals) => {
        const assessment = assessHealth(signals);
        expect(Math.abs(assessment.score - oracle(signals))).toBeLessThan(1e-9);
        expect(scoreOnly(signals)).toEqual({ score: assessment.score, rag: assessment.rag });
        expect(assessment.score).toBeGreaterThanOrEqual(0);
        expect(assessment.score).toBeLessThanOrEqual(100);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never lowers the score for more adoption, nor raises it for more open tickets or escalations', () => {
    fc.assert(
      fc.property(anySignals, fc.double({ min: 0, max: 1, noNaN: true }), (signals, rate) => {
        const score = scoreOnly(signals).score;
        const more = Math.max(signals.featureAdoptionRate, rate);
        expect(scoreOnly({ ...signals, featureAdoptionRate: more }).score).toBeGreaterThanOrEqual(score);
        expect(scoreOnly({ ...signals, openTicketCount: signals.openTicketCount + 1 }).score).toBeLessThanOrEqual(
          score,
        );
        const escalated = { ...signals, escalationCount90Days: signals.escalationCount90Days + 1 };
        expect(scoreOnly(escalated).score).toBeLessThanOrEqual(score);
      }),
    );
  });

  it('scores unknown signals between their best and their worst', () => {
    fc.assert(
      fc.property(
        anySignals,
        fc.constantFrom('loginFrequencyDays', 'daysSinceLastInteraction', 'daysToRenewal', 'npsScore'),
        (signals, name) => {
          const unknown = scoreOnly({ ...signals, [name]: null }).score;
          expect(unknown).toBeLessThanOrEqual(scoreOnly({ ...signals, [name]: BEST[name] }).score);
          expect(unknown).toBeGreaterThanOrEqual(scoreOnly({ ...signals, [name]: WORST[name] }).score);
        },
      ),
    );
  });
});

describe('partMaxPoints', () => {
  it('adds up to 100 and is reached by the best account', () => {
    const { breakdown } = assessHealth(BEST);
    for (const part of SCORE_PARTS) expect(breakdown[part]).toBe(partMaxPoints(part));
    expect(SCORE_PARTS.reduce((sum, part) => sum + partMaxPoints(part), 0)).toBe(100);
  });
});

describe('describePart', () => {
  it.each([
    ['featureAdoptionRate', { featureAdoptionRate: 0.97 }, '97\u00a0%'],
    ['featureAdoptionRate', { featureAdoptionRate: 0.6234 }, '62.3\u00a0%'],
    ['usageTrend', { usageTrend: 'growing' }, 'growing'],
    ['loginFrequencyDays', { loginFrequencyDays: 3 }, 'every 3 days'],
    ['loginFrequencyDays', { loginFrequencyDays: 1 }, 'every day'],
    ['loginFrequencyDays', { loginFrequencyDays: 0.4 }, 'more than once a day'],
    ['loginFrequencyDays', { loginFrequencyDays: null }, 'unknown'],
    ['daysSinceLastInteraction', { daysSinceLastInteraction: 0 }, 'today'],
    ['daysSinceLastInteraction', { daysSinceLastInteraction: 1 }, '1 day ago'],
    ['daysSinceLastInteraction', { daysSinceLastInteraction: 40 }, '40 days ago'],
    ['invoicePaymentStatus', { invoicePaymentStatus: 'current' }, 'current'],
    ['invoicePaymentStatus', { invoicePaymentStatus: 'overdue_30' }, 'overdue by 30 days'],
    ['invoicePaymentStatus', { invoicePaymentStatus: 'overdue_60' }, 'overdue by 60 days'],
    ['invoicePaymentStatus', { invoicePaymentStatus: 'overdue_90_plus' }, 'overdue by 90 days or more'],
    ['support', { openTicketCount: 3, avgTicketSentiment: 'neutral' }, '3 open tickets, neutral'],
    ['support', { openTicketCount: 1, avgTicketSentiment: 'critical' }, '1 open ticket, critical'],
    ['support', { openTicketCount: 0 }, 'no open tickets, positive'],
    ['daysToRenewal', { daysToRenewal: 42 }, 'in 42 days'],
    ['daysToRenewal', { daysToRenewal: 1 }, 'in 1 day'],
    ['daysToRenewal', { daysToRenewal: 0 }, 'today'],
    ['daysToRenewal', { daysToRenewal: -3 }, 'passed 3 days ago'],
    ['daysToRenewal', { daysToRenewal: null }, 'unknown'],
    ['seatsUtilizationRate', { seatsUtilizationRate: 1.02 }, '102\u00a0%'],
    ['stakeholderEngagement', { stakeholderEngagement: 'low' }, 'low'],
    ['npsScore', { npsScore: 9 }, '9 of 10'],
    ['npsScore', { npsScore: null }, 'unknown'],
    ['escalationCount90Days', { escalationCount90Days: 0 }, 'none in 90 days'],
    ['escalationCount90Days', { escalationCount90Days: 2 }, '2 in 90 days'],
  ] as [ScorePart, Partial<HealthSignals>, string][])('%s of %j reads «%s»', (part, signals, words) => {
    expect(describePart(part, { ...BEST, ...signals })).toBe(words);
  });
});

describe('whatMoved', () => {
  const snapshot = (signals: HealthSignals) => ({ ...assessHealth(signals), signals });

  it('is empty where nothing moved', () => {
    expect(whatMoved(snapshot(BEST), snapshot(BEST))).toEqual([]);
  });

  it('lists only what differs, largest change first, in words', () => {
    const after: HealthSignals = { ...BEST, usageTrend: 'declining', npsScore: 7, loginFrequencyDays: 20 };
    expect(whatMoved(snapshot(BEST), snapshot(after))).toEqual([
      { part: 'usageTrend', label: 'Usage trend', from: 15, to: 3, fromValue: 'growing', toValue: 'declining' },
      {
        part: 'loginFrequencyDays',
        label: PART_LABELS.loginFrequencyDays,
        from: 10,
        to: 7,
        fromValue: 'every day',
        toValue: 'every 20 days',
      },
      { part: 'npsScore', label: 'NPS', from: 3, to: 2, fromValue: '10 of 10', toValue: '7 of 10' },
    ]);
  });

  it('shows a factor as what it takes off the score, also where the signals are no longer known', () => {
    const before = snapshot(BEST);
    const after = { ...snapshot({ ...BEST, collectionsRisk: 'CRITICAL' }), signals: null };
    const [movement] = whatMoved(before, after);
    expect(movement).toMatchObject({ part: 'collectionsRisk', from: 0, fromValue: 'unknown', toValue: 'critical' });
    expect(movement?.to).toBeCloseTo(-20, 9);
  });

  it('adds up to the change of the score', () => {
    fc.assert(
      fc.property(anySignals, anySignals, (a, b) => {
        const moved = whatMoved(snapshot(a), snapshot(b));
        const sum = moved.reduce((total, movement) => total + movement.to - movement.from, 0);
        expect(sum).toBeCloseTo(assessHealth(b).score - assessHealth(a).score, 6);
        const sizes = moved.map((movement) => Math.abs(movement.to - movement.from));
        expect(sizes).toEqual([...sizes].sort((x, y) => y - x));
      }),
    );
  });
});

/** The table once more, written as plainly as it reads, sharing nothing with the code under test. */
function oracle(s: HealthSignals): number {
  let points = s.featureAdoptionRate * 20;
  points +=
    new Map([
      ['growing', 15],
      ['stable', 10],
      ['declining', 3],
      ['inactive', 0],
    ]).get(s.usageTrend) ?? Number.NaN;
  const login = s.loginFrequencyDays;
  points += login === null ? 5 : login <= 7 ? 10 : login <= 30 ? 7 : login <= 60 ? 4 : 0;
  const last = s.daysSinceLastInteraction;
  points += last === null ? 5 : last <= 30 ? 10 : last <= 60 ? 7 : last <= 90 ? 4 : 0;
  points +=
    new Map([
      ['current', 10],
      ['overdue_30', 6],
      ['overdue_60', 3],
      ['overdue_90_plus', 0],
    ]).get(s.invoicePaymentStatus) ?? Number.NaN;
  const sentiment =
    new Map([
      ['positive', 10],
      ['neutral', 7],
      ['negative', 3],
      ['critical', 0],
    ]).get(s.avgTicketSentiment) ?? Number.NaN;
  points += Math.max(0, sentiment - Math.min(s.openTicketCount, 5));
  const renewal = s.daysToRenewal;
  points += renewal === null ? 7 : renewal > 180 ? 10 : renewal > 90 ? 8 : renewal > 60 ? 6 : renewal > 30 ? 3 : 1;
  const seats = s.seatsUtilizationRate;
  points += seats > 1 ? 4 : seats >= 0.8 ? 5 : seats >= 0.5 ? 3 : 1;
  points +=
    new Map([
      ['high', 5],
      ['medium', 3],
      ['low', 1],
    ]).get(s.stakeholderEngagement) ?? Number.NaN;
  const nps = s.npsScore;
  points += nps === null ? 2 : nps >= 9 ? 3 : nps >= 7 ? 2 : nps >= 5 ? 1 : 0;
  points += s.escalationCount90Days === 0 ? 2 : s.escalationCount90Days === 1 ? 1 : 0;
  if (s.collectionsRisk === 'CRITICAL') points *= 0.8;
  if (s.collectionsRisk === 'RED') points *= 0.9;
  if (s.tamHealthRag === 'RED') points *= 0.85;
  if (s.tamHealthRag === 'AMBER') points *= 0.95;
  return points;
}
