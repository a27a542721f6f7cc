import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AlertableHealth,
  type AlertDecision,
  type AlertSettings,
  type AnnouncedState,
  DEFAULT_ALERT_SETTINGS,
  decideAlert,
  levelOf,
  NEVER_ANNOUNCED,
  routeAlerts,
  severityOf,
} from '../../../lib/domain/churn-alert';
import { DAY, NOW } from '../../helpers/clock';

const CALM: AlertableHealth = { rag: 'GREEN', churnRisk: 'low', shouldAlert: false };
const AMBER: AlertableHealth = { rag: 'AMBER', churnRisk: 'medium', shouldAlert: false };
const RED: AlertableHealth = { rag: 'RED', churnRisk: 'medium', shouldAlert: true };
const HIGH: AlertableHealth = { rag: 'AMBER', churnRisk: 'high', shouldAlert: true };
const HIGH_RED: AlertableHealth = { rag: 'RED', churnRisk: 'high', shouldAlert: true };
const CRITICAL: AlertableHealth = { rag: 'AMBER', churnRisk: 'critical', shouldAlert: true };
const CRITICAL_RED: AlertableHealth = { rag: 'RED', churnRisk: 'critical', shouldAlert: true };
const ALL = [CALM, AMBER, RED, HIGH, HIGH_RED, CRITICAL, CRITICAL_RED];

function decide(
  before: AnnouncedState,
  health: AlertableHealth,
  more: { now?: Date; settings?: Partial<AlertSettings>; snoozedUntil?: Date | null } = {},
): AlertDecision {
  const { now = NOW, settings = {}, snoozedUntil = null } = more;
  return decideAlert(before, health, { now, settings: { ...DEFAULT_ALERT_SETTINGS, ...settings }, snoozedUntil });
}

const told = (health: AlertableHealth, at = NOW): AnnouncedState => ({
  severity: severityOf(health),
  openRisk: severityOf(health) > 0,
  lastAlert: severityOf(health) > 0 ? { severity: severityOf(health), at } : null,
  held: null,
});
const recoveredFrom = (health: AlertableHealth, at = NOW): AnnouncedState => ({
  ...told(health, at),
  severity: 0,
  openRisk: false,
});
const afterDays = (days: number) => new Date(NOW.getTime() + days * DAY);

/** In a word or two. */
function words(decision: AlertDecision): string {
  if (decision.outcome === 'silent') return decision.reason;
  return decision.outcome === 'alert' ? decision.kind : `held: ${decision.next.held?.reason}`;
}

describe('what is told of an account', () => {
  it.each<[string, AnnouncedState, AlertableHealth, Parameters<typeof decide>[2], string]>([
    ['calm before and now', told(CALM), CALM, {}, 'unchanged'],
    ['calm, at first sight', NEVER_ANNOUNCED, CALM, {}, 'unchanged'],
    ['at risk at first sight', NEVER_ANNOUNCED, HIGH, {}, 'new_risk'],
    ['RED at first sight', NEVER_ANNOUNCED, RED, {}, 'new_risk'],
    ['gets into danger', told(CALM), CRITICAL, {}, 'new_risk'],
    ['stays in danger', told(HIGH), HIGH, { now: afterDays(30) }, 'unchanged'],
    ['a colour worse at the same risk', told(HIGH), HIGH_RED, {}, 'worse'],
    ['a risk worse', told(HIGH), CRITICAL, {}, 'worse'],
    ['RED, then high', told(RED), HIGH, {}, 'worse'],
    ['better, still at risk', told(CRITICAL_RED), HIGH, {}, 'improved'],
    ['the risk has passed', told(HIGH), CALM, {}, 'recovered'],
    ['the risk has passed, though AMBER', told(CRITICAL), AMBER, {}, 'recovered'],
    ['a risk has passed that nobody heard of', { ...told(HIGH), openRisk: false }, CALM, {}, 'not_told'],
    ['back at risk within the cool-down', recoveredFrom(HIGH), HIGH, { now: afterDays(3) }, 'held: cool_down'],
    ['back at less risk within it', recoveredFrom(CRITICAL), HIGH, { now: afterDays(3) }, 'held: cool_down'],
    ['back at more risk within it', recoveredFrom(HIGH), CRITICAL, { now: afterDays(3) }, 'new_risk'],
    ['back at risk as it ends', recoveredFrom(HIGH), HIGH, { now: afterDays(7) }, 'new_risk'],
    ['back at risk without a cool-down', recoveredFrom(HIGH), HIGH, { settings: { coolDownDays: 0 } }, 'new_risk'],
    ['snoozed', told(CALM), CRITICAL, { snoozedUntil: afterDays(1) }, 'held: snoozed'],
    ['snoozed, and worse', told(HIGH), CRITICAL, { snoozedUntil: afterDays(1) }, 'held: snoozed'],
    ['snoozed, and recovered', told(HIGH), CALM, { snoozedUntil: afterDays(1) }, 'held: snoozed'],
    ['the snooze is over', told(CALM), CRITICAL, { snoozedUntil: NOW }, 'new_risk'],
    ['a level that nobody wants', told(CALM), RED, { settings: { levels: ['critical', 'high'] } }, 'level_off'],
    ['alerts are off', told(CALM), CRITICAL, { settings: { levels: [] } }, 'level_off'],
    ['recovered while alerts are off', told(HIGH), CALM, { settings: { levels: [] } }, 'recovered'],
  ])('%s', (_name, before, health, more, expected) => {
    expect(words(decide(before, health, more))).toBe(expected);
  });

  it('ranks what is worse', () => {
    const ranked = [CALM, RED, HIGH, HIGH_RED, CRITICAL, CRITICAL_RED].map(severityOf);
    expect(ranked).toEqual([...ranked].sort((a, b) => a - b));
    expect(new Set(ranked).size).toBe(6);
    expect(ALL.map((health) => levelOf(severityOf(health)))).toEqual([
      ...['none', 'none', 'red', 'high', 'high', 'critical', 'critical'],
    ]);
  });
});

describe('over any number of scans', () => {
  interface Step {
    health: AlertableHealth;
    days: number;
    snoozeDays: number | null;
  }
  const steps = fc.array(
    fc.record({
      health: fc.constantFrom(...ALL),
      days: fc.integer({ min: 0, max: 9 }),
      snoozeDays: fc.option(fc.integer({ min: 0, max: 20 }), { freq: 4 }),
    }),
    { maxLength: 40 },
  );
  const chosen = fc.record({
    levels: fc.subarray([...DEFAULT_ALERT_SETTINGS.levels]),
    coolDownDays: fc.integer({ min: 0, max: 14 }),
  });

  function play(list: readonly Step[], settings: Partial<AlertSettings>) {
    let state = NEVER_ANNOUNCED;
    let now = NOW;
    return list.map(({ health, days, snoozeDays }) => {
      now = new Date(now.getTime() + days * DAY);
      const snoozedUntil = snoozeDays === null ? null : new Date(now.getTime() + snoozeDays * DAY);
      const before = state;
      const decision = decide(before, health, { now, settings, snoozedUntil });
      state = decision.next;
      return { before, health, now, snoozedUntil, decision };
    });
  }

  it('there are never two alerts without a change between them', () => {
    fc.assert(
      fc.property(steps, chosen, (list, settings) => {
        for (const { before, health, decision } of play(list, settings)) {
          if (decision.outcome === 'alert') expect(severityOf(health)).not.toBe(before.severity);
          // Asked once more, there is nothing left to say.
          if (decision.outcome !== 'held') {
            expect(words(decide(decision.next, health, { settings }))).toBe('unchanged');
          }
        }
      }),
    );
  });

  it('a change is told, or held with a reason and an end, or silent for a reason', () => {
    fc.assert(
      fc.property(steps, chosen, (list, settings) => {
        for (const { before, health, now, decision } of play(list, settings)) {
          const changed = severityOf(health) !== before.severity;
          if (!changed) expect(words(decision)).toBe('unchanged');
          else expect(words(decision)).not.toBe('unchanged');
          if (decision.outcome !== 'held') continue;
          const { held } = decision.next;
          expect(held?.until.getTime()).toBeGreaterThan(now.getTime());
          // Once that is over and nothing else has changed, it is told: nothing is lost.
          const later = decide(decision.next, health, { now: held?.until ?? now, settings });
          if (held?.reason === 'snoozed' && words(later) === 'held: cool_down') continue;
          expect(later.outcome).toBe('alert');
        }
      }),
    );
  });

  it('who was told of a risk is told that it has passed, once', () => {
    fc.assert(
      fc.property(steps, chosen, (list, settings) => {
        let open = false;
        for (const { decision } of play(list, settings)) {
          if (decision.outcome !== 'alert') continue;
          if (decision.kind === 'recovered') expect(open).toBe(true);
          if (decision.kind === 'worse') expect(open).toBe(true);
          if (decision.kind === 'new_risk') expect(open).toBe(false);
          open = decision.kind !== 'recovered';
          expect(decision.next.openRisk).toBe(open);
        }
      }),
    );
  });

  it('within the cool-down only what is worse than the last alert is told, and nothing while snoozed', () => {
    fc.assert(
      fc.property(steps, chosen, (list, settings) => {
        for (const { before, health, now, snoozedUntil, decision } of play(list, settings)) {
          if (decision.outcome !== 'alert') continue;
          expect(snoozedUntil === null || snoozedUntil <= now).toBe(true);
          if (decision.kind === 'recovered' || !before.lastAlert) continue;
          const cool = before.lastAlert.at.getTime() + settings.coolDownDays * DAY;
          if (now.getTime() < cool) expect(severityOf(health)).toBeGreaterThan(before.lastAlert.severity);
        }
      }),
    );
  });
});

describe('many alerts of one scan', () => {
  it('put the most at stake first, of equals the nearest renewal, and good news at the end', () => {
    const alert = (id: string, arrCents: number | null, renewalDate: string | null, kind = 'new_risk') => ({
      ...{ id, arrCents, renewalDate },
      kind: kind as 'new_risk',
    });
    const alerts = [
      alert('small', 100, '2026-12-01'),
      alert('unknown', null, '2026-12-01'),
      alert('later', 900, '2027-06-01'),
      alert('sooner', 900, '2027-01-01'),
      alert('no date', 900, null),
      alert('good', 5_000, null, 'recovered'),
    ];
    expect(routeAlerts(alerts, 2)).toEqual({
      singles: ['sooner', 'later'],
      digest: ['no date', 'small', 'unknown', 'good'],
    });
  });

  it('are all told, each once, and never more than so many alone', () => {
    const alert = fc.record({
      kind: fc.constantFrom('new_risk' as const, 'worse' as const, 'recovered' as const),
      arrCents: fc.option(fc.nat()),
      renewalDate: fc.option(fc.constantFrom('2026-12-01', '2027-05-01')),
    });
    fc.assert(
      fc.property(fc.array(alert), fc.nat({ max: 8 }), (list, most) => {
        const alerts = list.map((each, index) => ({ ...each, id: `a-${index}` }));
        const { singles, digest } = routeAlerts(alerts, most);
        expect([...singles, ...digest].sort()).toEqual(alerts.map(({ id }) => id).sort());
        expect(singles.length).toBeLessThanOrEqual(most);
        const kindOf = new Map(alerts.map(({ id, kind }) => [id, kind]));
        for (const id of singles) expect(kindOf.get(id)).not.toBe('recovered');
      }),
    );
  });
});
