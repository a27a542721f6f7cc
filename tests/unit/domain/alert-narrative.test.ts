import { describe, expect, it } from 'vitest';
import {
  alertDocument,
  alertMail,
  digestDocument,
  factsOf,
  type ToldAlert,
  textsOf,
} from '../../../lib/domain/alert-message';
import { type AlertFacts, type NarratedHealth, narrateAlert } from '../../../lib/domain/alert-narrative';
import { levelOf, severityOf } from '../../../lib/domain/churn-alert';
import { assessHealth } from '../../../lib/domain/health-score';
import { DEFAULT_SCORING_MODEL } from '../../../lib/domain/scoring-model';
import type { HealthSignals } from '../../../lib/domain/signals';
import { NOW } from '../../helpers/clock';

const WELL: HealthSignals = {
  featureAdoptionRate: 0.8,
  usageTrend: 'stable',
  loginFrequencyDays: 2,
  daysSinceLastInteraction: 4,
  invoicePaymentStatus: 'current',
  avgTicketSentiment: 'positive',
  openTicketCount: 0,
  daysToRenewal: 120,
  seatsUtilizationRate: 0.9,
  stakeholderEngagement: 'high',
  npsScore: 9,
  escalationCount90Days: 0,
  collectionsRisk: null,
  tamHealthRag: null,
};
const ILL: HealthSignals = {
  ...WELL,
  featureAdoptionRate: 0.31,
  usageTrend: 'declining',
  loginFrequencyDays: 48,
  invoicePaymentStatus: 'overdue_60',
  openTicketCount: 3,
  avgTicketSentiment: 'negative',
  daysToRenewal: 48,
  stakeholderEngagement: 'low',
  collectionsRisk: 'RED',
};

function health(signals: HealthSignals, observedAt: string | null): NarratedHealth {
  const { score, rag, churnRiskLevel, breakdown, factors } = assessHealth(signals);
  const at = observedAt === null ? null : new Date(observedAt);
  return {
    ...{ score, rag, churnRisk: churnRiskLevel, breakdown, factors, asOf: at ?? NOW },
    ...{ signals: at === null ? null : signals, observedAt: at },
  };
}

function factsFor(kind: AlertFacts['kind'], before: NarratedHealth | null, signals: HealthSignals): AlertFacts {
  const assessed = assessHealth(signals);
  return {
    accountName: 'Northwind Robotics',
    kind,
    level: levelOf(severityOf({ ...assessed, churnRisk: assessed.churnRiskLevel })),
    before,
    after: health(signals, '2026-11-21T06:00:00Z'),
    trigger: assessed.churnTriggeredBy,
    arr: { amountCents: 14_600_000, currency: 'USD' },
    renewalDate: '2027-01-09',
  };
}

function told(facts: AlertFacts, more: Partial<ToldAlert> = {}): ToldAlert {
  const narrative = narrateAlert(facts, DEFAULT_SCORING_MODEL, NOW);
  return {
    accountId: 'northwind',
    ...{ accountName: facts.accountName, kind: facts.kind, level: facts.level, narrative },
    ...{ texts: textsOf(narrative), wordedBy: null, arr: facts.arr, renewalDate: facts.renewalDate },
    ...more,
  };
}

const CASES: [string, AlertFacts][] = [
  ['new-risk', factsFor('new_risk', health(WELL, '2026-11-14T06:00:00Z'), ILL)],
  ['first-sight', factsFor('new_risk', null, ILL)],
  ['before-forgotten', factsFor('worse', health(WELL, null), ILL)],
  ['recovered', factsFor('recovered', health(ILL, '2026-11-14T06:00:00Z'), WELL)],
  ['nothing-known', { ...factsFor('new_risk', null, { ...ILL, daysToRenewal: null }), arr: null, renewalDate: null }],
];

describe('why an account is told of', () => {
  it.each(CASES)('%s reads as in its golden file', async (name, facts) => {
    const alert = told(facts);
    const mail = alertMail(alertDocument(alert, 'https://desk.example/accounts/northwind'));
    await expect(`Subject: ${mail.subject}\n\n${mail.text}`).toMatchFileSnapshot(`golden/alert-${name}.txt`);
    // The same again, to the letter.
    expect(told(facts)).toEqual(alert);
  });

  it.each(CASES)('%s names signals with points, values and times, and at most three steps', (_name, facts) => {
    const { reasons, actions } = told(facts).narrative;
    expect(reasons.length).toBeGreaterThan(0);
    expect(reasons.length).toBeLessThanOrEqual(6);
    for (const reason of reasons) {
      expect(reason.toValue).not.toBeNull();
      expect(reason.observedAt).toBe('2026-11-21T06:00:00.000Z');
    }
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.length).toBeLessThanOrEqual(3);
  });

  it('says the movements of points that the score was made of', () => {
    const [, facts] = CASES[0] ?? [];
    const { reasons } = told(facts as AlertFacts).narrative;
    expect(reasons.find(({ label }) => label === 'Usage trend')).toMatchObject({
      ...{ from: 10, to: 3, fromValue: 'stable', toValue: 'declining' },
    });
    const lost = reasons.map(({ from, to }) => to - (from ?? 0));
    expect(lost).toEqual([...lost].sort((a, b) => a - b));
  });

  it('puts an escalation and an open invoice before everything else', () => {
    const { actions } = told(
      factsFor('worse', health(WELL, '2026-11-14T06:00:00Z'), { ...ILL, escalationCount90Days: 2 }),
    ).narrative;
    expect(actions[0]).toContain('owner for the escalation');
    expect(actions[1]).toContain('finance');
    expect(actions.at(-1)).toContain('renewal talk');
  });

  it('hands a model all that its texts say', () => {
    const alert = told((CASES[0] as [string, AlertFacts])[1]);
    const known = factsOf(alert)
      .map(({ value }) => value)
      .join(' ');
    for (const number of `${alert.texts.summary} ${alert.texts.next}`.match(/\d[\d.,]*/g) ?? []) {
      expect(known).toContain(number.replace(/[.,]$/, ''));
    }
  });

  it('shows what a model made of it, and says so', () => {
    const alert = told((CASES[0] as [string, AlertFacts])[1], {
      texts: { summary: 'It looks bad.', next: 'Ring them.' },
      wordedBy: 'example-model',
    });
    const { text } = alertMail(alertDocument(alert, null));
    expect(text).toContain('It looks bad.');
    expect(text).toContain('Worded by example-model');
    expect(text).toContain('Usage trend: stable → declining');
  });

  it('lets nothing that came in be markup or a header', () => {
    const evil = '<script>alert(1)</script>\r\nBcc: eve@evil.example\u202e "&';
    const alert = told({ ...(CASES[0] as [string, AlertFacts])[1], accountName: evil });
    const mail = alertMail(alertDocument(alert, 'https://desk.example/accounts/1'));
    expect(mail.subject).not.toMatch(/[\r\n\u202e]/);
    expect(mail.html).not.toContain('<script');
    expect(mail.html).toContain('&lt;script&gt;');
    expect(mail.text.split('\n').some((line) => line.startsWith('Bcc:'))).toBe(false);
  });
});

describe('a digest', () => {
  it('reads as in its golden file', async () => {
    const alerts = CASES.map(([, facts]) => told(facts));
    const document = digestDocument(
      { alerts, counts: { new_risk: 21, worse: 1, recovered: 1 } },
      'https://desk.example/alerts',
    );
    const mail = alertMail(document);
    await expect(`Subject: ${mail.subject}\n\n${mail.text}`).toMatchFileSnapshot('golden/alert-digest.txt');
  });
});
