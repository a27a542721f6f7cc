import { describe, expect, it } from 'vitest';
import { assessChurn } from '../../../lib/domain/churn-risk';
import { DEFAULT_SCORING_MODEL } from '../../../lib/domain/scoring-model';
import type { HealthSignals, Rag } from '../../../lib/domain/signals';
import { BEST } from './arbitraries';

const NEAR = { daysToRenewal: 60 };
const FAR = { daysToRenewal: 61 };
const FALLING = { usageTrend: 'declining', loginFrequencyDays: 31 } as const;

describe('assessChurn', () => {
  it.each([
    // Both.
    ['RED', { ...NEAR, ...FALLING }, 'critical', 'both'],
    ['AMBER', { ...NEAR, ...FALLING }, 'critical', 'both'],
    // Contract proximity alone.
    ['RED', { ...NEAR }, 'critical', 'contract_proximity'],
    ['AMBER', { ...NEAR }, 'high', 'contract_proximity'],
    ['AMBER', { daysToRenewal: 0 }, 'high', 'contract_proximity'],
    ['AMBER', { daysToRenewal: -1 }, 'high', 'contract_proximity'],
    // A GREEN account near its renewal is none.
    ['GREEN', { ...NEAR }, 'low', 'none'],
    // Unknown and far renewals are not near.
    ['RED', { daysToRenewal: null }, 'medium', 'none'],
    ['RED', { ...FAR }, 'medium', 'none'],
    ['AMBER', { ...FAR }, 'medium', 'none'],
    // Behavioural alone.
    ['RED', { ...FAR, ...FALLING }, 'high', 'behavioral'],
    ['AMBER', { ...FAR, ...FALLING }, 'high', 'behavioral'],
    ['GREEN', { ...FAR, ...FALLING }, 'medium', 'behavioral'],
    ['GREEN', { ...NEAR, ...FALLING }, 'medium', 'behavioral'],
    ['GREEN', { usageTrend: 'inactive', loginFrequencyDays: null }, 'medium', 'behavioral'],
    ['AMBER', { daysToRenewal: null, usageTrend: 'inactive', loginFrequencyDays: null }, 'high', 'behavioral'],
    // Either half of behavioural is not enough.
    ['GREEN', { usageTrend: 'declining', loginFrequencyDays: 30 }, 'low', 'none'],
    ['GREEN', { usageTrend: 'stable', loginFrequencyDays: null }, 'low', 'none'],
    ['GREEN', { usageTrend: 'growing', loginFrequencyDays: 400 }, 'low', 'none'],
  ] as [Rag, Partial<HealthSignals>, string, string][])('%s with %j is %s by %s', (rag, signals, level, trigger) => {
    expect(assessChurn(rag, { ...BEST, ...signals }, DEFAULT_SCORING_MODEL)).toEqual({
      churnRiskLevel: level,
      churnTriggeredBy: trigger,
    });
  });

  it('takes window and login limit from the model', () => {
    const model = { ...DEFAULT_SCORING_MODEL, contractWindowDays: 90, behaviouralLoginDays: 10 };
    const signals = { ...BEST, daysToRenewal: 90, usageTrend: 'inactive', loginFrequencyDays: 11 } as const;
    expect(assessChurn('AMBER', signals, model).churnTriggeredBy).toBe('both');
  });
});
