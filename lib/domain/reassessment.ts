import { parseUtcDay, utcDay } from './format';
import type { ScoringModel } from './scoring-model';
import type { SignalObservation } from './signals';

const DAY_MS = 86_400_000;

/**
 * The first instant after `now` at which the passing of days alone can change the assessment of an observation: a
 * renewal or an interaction reaches the next step of the model. Null where nothing in it depends on the day. Until then
 * an account with the same signals needs no scoring.
 */
export function nextReassessment(observation: SignalObservation, now: Date, model: ScoringModel): Date | null {
  let next = Number.POSITIVE_INFINITY;
  const renewal = observation.renewalDate === null ? null : parseUtcDay(observation.renewalDate);
  if (renewal !== null) {
    const daysLeft = renewal - utcDay(now);
    for (const threshold of renewalThresholds(model)) {
      if (threshold < daysLeft) next = Math.min(next, (renewal - threshold) * DAY_MS);
    }
  }
  if (observation.lastInteractionAt !== null) {
    const last = observation.lastInteractionAt.getTime();
    for (const step of model.parts.daysSinceLastInteraction.steps) {
      const crossing = last + (step.atMost + 1) * DAY_MS;
      if (crossing > now.getTime()) next = Math.min(next, crossing);
    }
  }
  return Number.isFinite(next) ? new Date(next) : null;
}

function renewalThresholds(model: ScoringModel): number[] {
  return [model.contractWindowDays, ...model.parts.daysToRenewal.steps.map((step) => step.moreThan)];
}
