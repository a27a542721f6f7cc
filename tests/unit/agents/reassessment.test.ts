import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBreakdown } from '../../../lib/domain/breakdown';
import { assessHealth } from '../../../lib/domain/health-score';
import { nextReassessment } from '../../../lib/domain/reassessment';
import { DEFAULT_SCORING_MODEL, type ScoringModel } from '../../../lib/domain/scoring-model';
import { deriveSignals, type SignalObservation } from '../../../lib/domain/signals';
import { accountRow } from '../../helpers/portfolio';
import { observationOf } from '../../helpers/row-facts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 22);

const observation: fc.Arbitrary<SignalObservation> = fc
  .record({
    renewalInDays: fc.option(fc.integer({ min: -20, max: 400 }), { nil: null }),
    interactionAgo: fc.option(fc.integer({ min: 0, max: 200 * DAY }), { nil: null }),
    trend: fc.constantFrom('growing', 'stable', 'declining', 'inactive'),
    adoption: fc.double({ min: 0, max: 1, noNaN: true }),
    login: fc.option(fc.constantFrom(1, 20, 45, 90), { nil: null }),
  })
  .map(({ renewalInDays, interactionAgo, trend, adoption, login }) => ({
    ...observationOf(accountRow('a-1')),
    observedAt: new Date(START),
    renewalDate: renewalInDays === null ? null : new Date(START + renewalInDays * DAY).toISOString().slice(0, 10),
    lastInteractionAt: interactionAgo === null ? null : new Date(START - interactionAgo),
    usageTrend: trend,
    featureAdoptionRate: adoption,
    loginFrequencyDays: login,
  }));

function assess(seen: SignalObservation, now: Date, model: ScoringModel): string {
  const derived = deriveSignals(seen, now);
  if (!derived.ok) throw new Error(derived.problems.map((problem) => problem.message).join(' '));
  const assessment = assessHealth(derived.signals, model);
  const { score, rag, churnRiskLevel, churnTriggeredBy, shouldAlert } = assessment;
  return JSON.stringify([encodeBreakdown(assessment), score, rag, churnRiskLevel, churnTriggeredBy, shouldAlert]);
}

/** A model whose windows fall on no step of the parts. */
const ODD: ScoringModel = { ...DEFAULT_SCORING_MODEL, version: 'odd', contractWindowDays: 45 };

describe('nextReassessment', () => {
  it.each([
    ['the default model', DEFAULT_SCORING_MODEL],
    ['a model with windows of its own', ODD],
  ])('until then days alone change nothing, with %s', (_, model) => {
    fc.assert(
      fc.property(
        observation,
        fc.nat({ max: 300 * DAY }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seen, later, share) => {
          const now = new Date(START + later);
          const next = nextReassessment(seen, now, model);
          const end = next?.getTime() ?? now.getTime() + 1_000 * DAY;
          expect(end).toBeGreaterThan(now.getTime());
          const current = assess(seen, now, model);
          for (const time of [now.getTime() + Math.floor((end - 1 - now.getTime()) * share), end - 1]) {
            expect(assess(seen, new Date(time), model)).toBe(current);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('comes to an end: after the last step nothing is awaited', () => {
    fc.assert(
      fc.property(observation, (seen) => {
        let now: Date | null = new Date(START);
        let steps = 0;
        while (now !== null && steps < 20) {
          now = nextReassessment(seen, now, DEFAULT_SCORING_MODEL);
          steps += 1;
        }
        expect(now).toBeNull();
      }),
    );
  });
});
