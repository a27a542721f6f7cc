import type { ScoringModel } from './scoring-model';
import type { HealthSignals, Rag } from './signals';

export type ChurnRiskLevel = 'low' | 'medium' | 'high' | 'critical';
export type ChurnTrigger = 'none' | 'contract_proximity' | 'behavioral' | 'both';

export interface ChurnAssessment {
  readonly churnRiskLevel: ChurnRiskLevel;
  readonly churnTriggeredBy: ChurnTrigger;
}

/** Churn risk and its trigger, from the colour of the score, renewal, usage and logins. */
export function assessChurn(rag: Rag, signals: HealthSignals, model: ScoringModel): ChurnAssessment {
  const proximate =
    rag !== 'GREEN' && signals.daysToRenewal !== null && signals.daysToRenewal <= model.contractWindowDays;
  const behavioral =
    (signals.usageTrend === 'declining' || signals.usageTrend === 'inactive') &&
    (signals.loginFrequencyDays === null || signals.loginFrequencyDays > model.behaviouralLoginDays);
  if (proximate) {
    if (behavioral) return BOTH;
    return rag === 'RED' ? PROXIMITY_RED : PROXIMITY_AMBER;
  }
  if (behavioral) return rag === 'GREEN' ? BEHAVIORAL_GREEN : BEHAVIORAL_NOT_GREEN;
  return rag === 'GREEN' ? NONE_GREEN : NONE_NOT_GREEN;
}

// Every outcome there is, made once: a scan asks a hundred thousand times.
const BOTH: ChurnAssessment = {
  churnRiskLevel: 'critical',
  churnTriggeredBy: 'both',
};
const PROXIMITY_RED: ChurnAssessment = {
  churnRiskLevel: 'critical',
  churnTriggeredBy: 'contract_proximity',
};
const PROXIMITY_AMBER: ChurnAssessment = {
  churnRiskLevel: 'high',
  churnTriggeredBy: 'contract_proximity',
};
const BEHAVIORAL_NOT_GREEN: ChurnAssessment = {
  churnRiskLevel: 'high',
  churnTriggeredBy: 'behavioral',
};
const BEHAVIORAL_GREEN: ChurnAssessment = {
  churnRiskLevel: 'medium',
  churnTriggeredBy: 'behavioral',
};
const NONE_NOT_GREEN: ChurnAssessment = {
  churnRiskLevel: 'medium',
  churnTriggeredBy: 'none',
};
const NONE_GREEN: ChurnAssessment = {
  churnRiskLevel: 'low',
  churnTriggeredBy: 'none',
};
