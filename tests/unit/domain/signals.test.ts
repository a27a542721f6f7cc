import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deriveSignals,
  describeSignal,
  parseSignals,
  SIGNAL_LABELS,
  type SignalName,
  type SignalObservation,
  type SignalsResult,
} from '../../../lib/domain/signals';
import { anySignals, BEST } from './arbitraries';

const NOW = new Date('2026-11-21T15:30:00Z');

const OBSERVATION: SignalObservation = {
  observedAt: new Date('2026-11-20T02:00:00Z'),
  arrCents: 2_400_000,
  seatsPurchased: 100,
  seatsActive: 97,
  renewalDate: '2027-01-02',
  lastInteractionAt: new Date('2026-11-10T16:00:00Z'),
  loginFrequencyDays: 1.5,
  usageTrend: 'growing',
  featureAdoptionRate: 0.8,
  stakeholderEngagement: 'high',
  npsScore: 9,
  invoicePaymentStatus: 'current',
  openTicketCount: 2,
  avgTicketSentiment: 'positive',
  escalationCount90Days: 0,
  tamHealthRag: 'GREEN',
  collectionsRisk: null,
};

const UNKNOWNABLE = [
  'loginFrequencyDays',
  'daysSinceLastInteraction',
  'daysToRenewal',
  'npsScore',
  'collectionsRisk',
  'tamHealthRag',
] as const;
const REQUIRED = (Object.keys(SIGNAL_LABELS) as SignalName[]).filter(
  (name) => !(UNKNOWNABLE as readonly string[]).includes(name),
);

function problemsOf(result: SignalsResult): string[] {
  return result.ok ? [] : result.problems.map((problem) => problem.signal);
}

describe('parseSignals', () => {
  it('returns any valid signals as they are', () => {
    fc.assert(
      fc.property(anySignals, (signals) => {
        expect(parseSignals({ ...signals })).toEqual({ ok: true, signals });
      }),
    );
  });

  it.each(UNKNOWNABLE)('takes %s as unknown where it is null or absent', (name) => {
    const { [name]: _, ...absent } = BEST;
    for (const input of [absent, { ...BEST, [name]: null }, { ...BEST, [name]: undefined }]) {
      expect(parseSignals(input)).toEqual({ ok: true, signals: { ...BEST, [name]: null } });
    }
  });

  it.each(REQUIRED)('asks for %s by name', (name) => {
    const { [name]: _, ...absent } = BEST;
    for (const input of [absent, { ...BEST, [name]: null }]) {
      const result = parseSignals(input);
      expect(problemsOf(result)).toEqual([name]);
      expect(result.ok ? '' : result.problems[0]?.message).toMatch(
        new RegExp(`^${name} must be .+; it is missing\\.$`),
      );
    }
  });

  const OUT_OF_RANGE: [SignalName, unknown[]][] = [
    ['featureAdoptionRate', [-0.001, 1.001, 42, Number.NaN, Number.POSITIVE_INFINITY, '0.5', true, [], {}]],
    ['usageTrend', ['Growing', '', 'up', 1, ['growing']]],
    ['loginFrequencyDays', [-1, -0.1, Number.NaN, Number.POSITIVE_INFINITY, '7']],
    ['daysSinceLastInteraction', [-1, Number.POSITIVE_INFINITY, '30']],
    ['invoicePaymentStatus', ['paid', 'overdue', 0]],
    ['avgTicketSentiment', ['angry', 1]],
    ['openTicketCount', [-1, 0.5, 1e300, '3', Number.NaN]],
    ['daysToRenewal', ['60', Number.NaN, Number.NEGATIVE_INFINITY, '2027-01-01']],
    ['seatsUtilizationRate', [-0.1, 2.001, '0.9', Number.POSITIVE_INFINITY]],
    ['stakeholderEngagement', ['HIGH', 5]],
    ['npsScore', [-1, 10.01, '9', -100]],
    ['escalationCount90Days', [-1, 1.5, '1']],
    ['collectionsRisk', ['red', 'BLACK', 0]],
    ['tamHealthRag', ['CRITICAL', 'green', false]],
  ];

  it.each(OUT_OF_RANGE)('refuses %s out of its range, by its name alone', (name, values) => {
    for (const value of values) {
      const result = parseSignals({ ...BEST, [name]: value });
      expect(problemsOf(result)).toEqual([name]);
      expect(result.ok ? '' : result.problems[0]?.message).toContain(name);
    }
  });

  it.each([
    [{ featureAdoptionRate: 1.2 }, 'featureAdoptionRate must be a number from 0 to 1; it is 1.2.'],
    [{ loginFrequencyDays: -3 }, 'loginFrequencyDays must be a number of at least 0; it is -3.'],
    [{ daysToRenewal: '60' }, 'daysToRenewal must be a number; it is "60".'],
    [{ openTicketCount: 1.5 }, 'openTicketCount must be a whole number of at least 0; it is 1.5.'],
    [{ usageTrend: 'up' }, 'usageTrend must be one of growing, stable, declining, inactive; it is "up".'],
    [{ npsScore: [] }, 'npsScore must be a number from 0 to 10; it is a list.'],
    [{ npsScore: {} }, 'npsScore must be a number from 0 to 10; it is an object.'],
    [{ nps: 9 }, '"nps" is not a signal that Headroom knows.'],
  ])('says what is wrong with %j', (input, message) => {
    const result = parseSignals({ ...BEST, ...input });
    expect(result.ok ? [] : result.problems.map((problem) => problem.message)).toEqual([message]);
  });

  it('names every problem at once, unknown signals included', () => {
    const input = { ...BEST, featureAdoptionRate: 7, npsScore: 11, churn: 1, feature_adoption_rate: 0.5 };
    expect(problemsOf(parseSignals(input)).sort()).toEqual([
      'churn',
      'featureAdoptionRate',
      'feature_adoption_rate',
      'npsScore',
    ]);
  });

  it('refuses names that every object has', () => {
    const input = JSON.parse(`{"__proto__":{"npsScore":1},"constructor":1,"toString":2}`) as Record<string, unknown>;
    expect(problemsOf(parseSignals({ ...BEST, ...input }))).toEqual(
      expect.arrayContaining(['constructor', 'toString']),
    );
    expect(problemsOf(parseSignals(input))).toContain('__proto__');
  });

  it('never throws, whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parseSignals(value as Record<string, unknown>).ok).toBe(false);
      }),
    );
    const names = fc.constantFrom(...Object.keys(SIGNAL_LABELS), 'other', '__proto__');
    fc.assert(
      fc.property(fc.dictionary(names, fc.anything()), (wild) => {
        const result = parseSignals({ ...BEST, ...wild });
        if (result.ok) expect(Object.keys(result.signals).sort()).toEqual(Object.keys(BEST).sort());
        else for (const problem of result.problems) expect(problem.message).not.toBe('');
      }),
    );
  });
});

describe('deriveSignals', () => {
  it('turns dates into days as of now', () => {
    expect(deriveSignals(OBSERVATION, NOW)).toEqual({
      ok: true,
      signals: {
        ...BEST,
        featureAdoptionRate: 0.8,
        loginFrequencyDays: 1.5,
        daysSinceLastInteraction: 10,
        openTicketCount: 2,
        daysToRenewal: 42,
        seatsUtilizationRate: 0.97,
        npsScore: 9,
        tamHealthRag: 'GREEN',
      },
    });
  });

  it.each([
    ['2026-11-21', 0],
    ['2026-11-22', 1],
    ['2026-11-20', -1],
    ['2028-02-29', 465],
    [null, null],
  ])('counts calendar days to a renewal on %s: %s, at any time of the day', (renewalDate, days) => {
    for (const time of ['00:00:00.000', '12:00:00.000', '23:59:59.999']) {
      const result = deriveSignals({ ...OBSERVATION, renewalDate }, new Date(`2026-11-21T${time}Z`));
      expect(result.ok && result.signals.daysToRenewal).toBe(days);
    }
  });

  it.each([
    ['2026-11-21T15:30:00.000Z', 0],
    ['2026-11-20T15:30:00.001Z', 0],
    ['2026-11-20T15:30:00.000Z', 1],
    ['2026-08-01T00:00:00.000Z', 112],
  ])('counts whole days since an interaction at %s: %d', (at, days) => {
    const result = deriveSignals({ ...OBSERVATION, lastInteractionAt: new Date(at) }, NOW);
    expect(result.ok && result.signals.daysSinceLastInteraction).toBe(days);
  });

  it.each([
    [{ lastInteractionAt: new Date('2026-11-21T15:30:00.001Z') }, 'daysSinceLastInteraction', /in the future/],
    [{ lastInteractionAt: new Date(Number.NaN) }, 'daysSinceLastInteraction', /not a date/],
    [{ renewalDate: '2027-02-29' }, 'daysToRenewal', /YYYY-MM-DD; it is "2027-02-29"/],
    [{ renewalDate: '2027-1-2' }, 'daysToRenewal', /YYYY-MM-DD/],
    [{ renewalDate: '02.01.2027' }, 'daysToRenewal', /YYYY-MM-DD/],
    [{ renewalDate: '' }, 'daysToRenewal', /YYYY-MM-DD/],
    [{ seatsPurchased: null }, 'seatsUtilizationRate', /seats bought is missing/],
    [{ seatsPurchased: 0 }, 'seatsUtilizationRate', /no seats are bought/],
    [{ seatsPurchased: -5 }, 'seatsUtilizationRate', /no seats are bought/],
    [{ seatsActive: null }, 'seatsUtilizationRate', /seats in use is missing/],
    [{ seatsActive: 201 }, 'seatsUtilizationRate', /from 0 to 2; it is 2.01/],
    [{ seatsActive: -1 }, 'seatsUtilizationRate', /from 0 to 2/],
    [{ usageTrend: null }, 'usageTrend', /missing/],
    [{ usageTrend: 'booming' }, 'usageTrend', /one of growing/],
    [{ featureAdoptionRate: null }, 'featureAdoptionRate', /missing/],
    [{ featureAdoptionRate: 97 }, 'featureAdoptionRate', /from 0 to 1/],
    [{ stakeholderEngagement: null }, 'stakeholderEngagement', /missing/],
    [{ invoicePaymentStatus: null }, 'invoicePaymentStatus', /missing/],
    [{ openTicketCount: null }, 'openTicketCount', /missing/],
    [{ avgTicketSentiment: null }, 'avgTicketSentiment', /missing/],
    [{ escalationCount90Days: null }, 'escalationCount90Days', /missing/],
    [{ npsScore: 11 }, 'npsScore', /from 0 to 10/],
    [{ tamHealthRag: 'PURPLE' }, 'tamHealthRag', /one of GREEN/],
    [{ collectionsRisk: 'bad' }, 'collectionsRisk', /one of GREEN/],
    [{ loginFrequencyDays: -1 }, 'loginFrequencyDays', /at least 0/],
  ] as [Partial<SignalObservation>, SignalName, RegExp][])('%j is a problem of %s', (change, signal, message) => {
    const result = deriveSignals({ ...OBSERVATION, ...change }, NOW);
    expect(problemsOf(result)).toEqual([signal]);
    expect(result.ok ? '' : result.problems[0]?.message).toMatch(message);
  });

  it('takes what the source does not know as unknown', () => {
    const result = deriveSignals(
      { ...OBSERVATION, renewalDate: null, lastInteractionAt: null, loginFrequencyDays: null, npsScore: null },
      NOW,
    );
    expect(result.ok && result.signals).toMatchObject({
      daysToRenewal: null,
      daysSinceLastInteraction: null,
      loginFrequencyDays: null,
      npsScore: null,
    });
  });
});

describe('describeSignal', () => {
  it('has words for every signal there is', () => {
    fc.assert(
      fc.property(anySignals, fc.constantFrom(...(Object.keys(SIGNAL_LABELS) as SignalName[])), (signals, name) => {
        expect(describeSignal(name, signals)).toMatch(/^[\w$][^_]*$/);
      }),
    );
    expect(describeSignal('collectionsRisk', { ...BEST, collectionsRisk: 'CRITICAL' })).toBe('critical');
  });
});
