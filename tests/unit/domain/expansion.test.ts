import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AccountFacts,
  type CatalogueEntry,
  DEFAULT_EXPANSION_POLICY,
  findExpansions,
  fingerprint,
  OPPORTUNITY_TYPES,
  type OpportunityCandidate,
  type OpportunityType,
  type SeatReport,
  type UsageFacts,
} from '../../../lib/domain/expansion';
import { USAGE_TRENDS } from '../../../lib/domain/signals';

const NOW = new Date('2026-11-22T07:00:00Z');
const OBSERVED = daysAgo(1);

const ACCOUNT: AccountFacts = {
  id: 'northwind',
  name: 'Northwind Robotics',
  arrCents: 2_400_000,
  currency: 'USD',
  plan: 'Growth',
  seatsPurchased: 100,
  seatsActive: 50,
  renewalDate: '2027-05-04',
  modules: [],
  integrations: [],
  techStack: [],
  usageTrend: 'growing',
  observedAt: OBSERVED,
  seatHistory: [],
  usage: [],
};

const SEAT: CatalogueEntry = entry({ id: 'seat', type: 'seats', name: 'Seat', priceCents: 30_000 });
const FORECASTING: CatalogueEntry = entry({
  id: 'forecasting',
  type: 'module',
  name: 'Forecasting',
  priceCents: 3_600_000,
  signalFeatures: ['exports', 'reports'],
  benefit: 'Forecasts where the demand is planned',
});
const SLACK: CatalogueEntry = entry({
  id: 'slack',
  type: 'integration',
  name: 'Slack integration',
  priceCents: 480_000,
  signalFeatures: ['api polling'],
  techNames: ['Slack', 'Slack Enterprise Grid'],
});

describe('seats', () => {
  it('brings utilisation back to 75 % at the account’s own price a seat', () => {
    const [seats] = find({ seatsActive: 97 }, []);
    expect(seats).toMatchObject({
      type: 'seats',
      subject: 'seats',
      title: '30 seats',
      headline: 'Northwind Robotics needs 30 more seats',
      why: '97 of 100 seats in use, usage growing',
      confidence: 'high',
      impact: { amountCents: 720_000, currency: 'USD' },
      calculation: [
        '97 in use ÷ 75\u00a0% target = 130 seats, 30 to add',
        '30 × $240 a seat and year (contract) = $7,200',
      ],
    });
    expect(seats?.evidence).toEqual([
      evidence('seatsUtilizationRate', '97 of 100 seats in use', '97\u00a0%', 'Seat report'),
      evidence('usageTrend', 'Usage is growing', 'growing', 'Product usage'),
      evidence('arrCents', 'Pays $24,000 a year for 100 seats', '$24,000', 'Contract'),
      evidence('renewalDate', 'Contract comes up for renewal on 4 May 2027', '4 May 2027', 'Contract'),
    ]);
    expect(seats?.talkTrack).toContain('97 of 100 seats in use');
    expect(seats?.talkTrack).toContain('4 May 2027');
  });

  it.each([
    [79, 100, null],
    [80, 100, 'medium'],
    [89, 100, 'medium'],
    [90, 100, 'high'],
    [100, 100, 'high'],
    [611, 600, 'high'],
    [200, 100, 'high'],
    [201, 100, null],
    [90, 10, null],
    [4, 5, 'medium'],
    [9, 10, 'high'],
    [1, 1, 'high'],
    [0, 0, null],
    [10, 0, null],
    [null, 100, null],
    [97, null, null],
    [0.9, 1, null],
  ])('%s of %s in use: %s', (seatsActive, seatsPurchased, confidence) => {
    expect(find({ seatsActive, seatsPurchased }, [])[0]?.confidence ?? null).toBe(confidence);
  });

  it.each(USAGE_TRENDS)('of an account whose usage is %s', (usageTrend) => {
    const found = find({ seatsActive: 97, usageTrend }, []).length;
    expect(found).toBe(usageTrend === 'declining' || usageTrend === 'inactive' ? 0 : 1);
  });

  it('does not wait for a usage trend that nobody knows', () => {
    expect(find({ seatsActive: 97, usageTrend: null }, [])[0]?.why).toBe('97 of 100 seats in use');
  });

  it.each([
    // Weekly reports, oldest first, the last one being the current.
    ['a single report', [97], 'high', null],
    ['no lower report', [95, 97], 'high', null],
    ['three weeks above', [60, 92, 93, 97], 'high', '90\u00a0% or more for 2 weeks, since 7 Nov 2026'],
    ['five weeks above', [95, 96, 97, 96, 97], 'high', '90\u00a0% or more for 4 weeks, since 24 Oct 2026'],
    ['a spike', [60, 60, 97], 'medium', '60\u00a0% on 14 Nov 2026, so it may be a spike'],
    ['two weeks above', [60, 92, 97], 'medium', '60\u00a0% on 7 Nov 2026, so it may be a spike'],
    ['a dip in between', [97, 97, 89, 97], 'medium', '89\u00a0% on 14 Nov 2026, so it may be a spike'],
    ['medium three weeks', [60, 80, 81, 85], 'medium', '80\u00a0% or more for 2 weeks, since 7 Nov 2026'],
    ['medium spike', [60, 60, 85], 'low', '60\u00a0% on 14 Nov 2026, so it may be a spike'],
  ] as [string, number[], string, string | null][])('%s: %j is %s', (_, reports, confidence, note) => {
    const [seats] = find({ seatsActive: reports.at(-1) ?? 0, seatHistory: weekly(reports) }, []);
    expect(seats?.confidence).toBe(confidence);
    expect(seats?.evidence[0]?.note).toBe(note);
  });

  it('does not take three reports of three days for persistence', () => {
    const seatHistory = [10, 2, 1, 0].map((days, index) => report(days, index === 0 ? 60 : 97));
    expect(find({ seatsActive: 97, seatHistory }, [])[0]?.confidence).toBe('medium');
  });

  it('rounds halves up in cents and stays exact where the price a seat is not whole', () => {
    const [seats] = find({ seatsActive: 3, seatsPurchased: 3, arrCents: 1_000_000 }, []);
    expect(seats?.impact).toEqual({ amountCents: 333_333, currency: 'USD' });
    expect(seats?.calculation[1]).toBe('1 × $10,000 a year ÷ 3 seats (contract) = $3,333.33');
    expect(find({ seatsActive: 2, seatsPurchased: 2, arrCents: 3 }, [])[0]?.impact?.amountCents).toBe(2);
    const huge = find({ seatsActive: 1_000_000, seatsPurchased: 1_000_000, arrCents: 9_000_000_000_000_001 }, []);
    expect(huge[0]?.impact?.amountCents).toBe(Number((333_334n * 9_000_000_000_000_001n + 500_000n) / 1_000_000n));
  });

  it.each([
    ['the catalogue where ARR is unknown', { arrCents: null }, [SEAT], 900_000],
    ['the catalogue where ARR is nothing', { arrCents: 0 }, [SEAT], 900_000],
    ['nobody in another currency', { arrCents: null, currency: 'EUR' }, [SEAT], null],
    ['nobody without a price', { arrCents: null }, [{ ...SEAT, priceCents: null }], null],
    ['nobody for another plan', { arrCents: null }, [{ ...SEAT, eligiblePlans: ['Enterprise'] }], null],
    ['nobody at all', { arrCents: null }, [], null],
    ['nobody past what can be counted', { arrCents: null }, [{ ...SEAT, priceCents: 2 ** 52 }], null],
    ['nobody where the contract is past it', { arrCents: 2 ** 53 - 1, seatsPurchased: 50 }, [], null],
  ] as [string, Partial<AccountFacts>, CatalogueEntry[], number | null][])(
    'takes the price from %s',
    (_, change, catalogue, cents) => {
      const [seats] = find({ seatsActive: 97, ...change }, catalogue);
      expect(seats?.impact?.amountCents ?? null).toBe(cents);
      expect(seats?.calculation).toHaveLength(cents === null ? 1 : 2);
    },
  );

  it('always leaves room, and never more than one seat beyond the target', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 0, max: 10_000 }), (purchased, active) => {
        const [seats] = find({ seatsPurchased: purchased, seatsActive: active, arrCents: purchased * 100 }, []);
        expect(seats !== undefined).toBe(active / purchased >= 0.8 && active <= 2 * purchased);
        if (seats?.impact == null) return;
        const total = purchased + seats.impact.amountCents / 100;
        expect(active * 4).toBeLessThanOrEqual(total * 3);
        expect(active * 4).toBeGreaterThan((total - 1) * 3);
      }),
    );
  });
});

describe('modules', () => {
  it('are found where their features are in use', () => {
    const usage = [1, 8, 15, 22].map((days) => use('Exports', days, 41, { activeUsers: 6 }));
    expect(find({ usage }, [FORECASTING])).toEqual([
      {
        type: 'module',
        subject: 'forecasting',
        title: 'Forecasting module',
        headline: 'Northwind Robotics shows the need for the Forecasting module',
        why: 'exports used 164 times in 28 days, usage growing',
        confidence: 'high',
        impact: { amountCents: 3_600_000, currency: 'USD' },
        evidence: [
          {
            ...evidence('featureUsage.exports', 'exports used 164 times in 28 days', '164', 'Product usage'),
            note: 'in 4 of 4 weeks, up to 6 people',
          },
          evidence('usageTrend', 'Usage is growing', 'growing', 'Product usage'),
        ],
        calculation: ['Forecasting: $36,000 a year (catalogue)'],
        talkTrack: expect.stringContaining('Forecasts where the demand is planned.'),
      },
    ]);
  });

  it.each([
    ['too little use', [use('exports', 1, 9)], null],
    ['just enough use', [use('exports', 1, 10)], 'medium'],
    ['use across its features', [use('exports', 1, 5), use('reports', 2, 5)], 'medium'],
    ['use of other features', [use('imports', 1, 500)], null],
    ['old use', [use('exports', 28, 500)], null],
    ['use in the future', [use('exports', -1, 500)], null],
    ['one busy week', [use('exports', 1, 500)], 'medium'],
    ['two weeks', [use('exports', 1, 50), use('exports', 8, 50)], 'medium'],
    ['three weeks', [use('exports', 1, 50), use('exports', 8, 50), use('exports', 15, 3)], 'high'],
    ['two weeks and a trickle', [use('exports', 1, 50), use('exports', 8, 50), use('exports', 15, 2)], 'medium'],
    ['a limit reached', [use('exports', 1, 0, { limitHits: 1 })], 'high'],
    ['a limit reached long ago', [use('exports', 40, 0, { limitHits: 9 })], null],
    ['nothing', [], null],
  ] as [string, UsageFacts[], string | null][])('with %s: %#', (_, usage, confidence) => {
    expect(find({ usage }, [FORECASTING])[0]?.confidence ?? null).toBe(confidence);
  });

  it.each([
    ['growing', 'high', 'medium'],
    ['stable', 'high', 'medium'],
    ['declining', 'medium', 'low'],
    ['inactive', 'low', 'low'],
    [null, 'medium', 'medium'],
  ] as const)('of an account whose usage is %s: %s at a limit, %s without', (usageTrend, atLimit, without) => {
    const hits = [use('exports', 1, 20, { limitHits: 2 })];
    expect(find({ usageTrend, usage: hits }, [FORECASTING])[0]?.confidence).toBe(atLimit);
    expect(find({ usageTrend, usage: [use('exports', 1, 20)] }, [FORECASTING])[0]?.confidence).toBe(without);
  });

  it.each(['forecasting', ' FORECASTING ', 'Forecasting Module'])('are not sold twice: owned as «%s»', (module) => {
    expect(find({ modules: [module], usage: [use('exports', 1, 90)] }, [FORECASTING])).toEqual([]);
  });

  it.each([
    ['Growth', ['growth', 'Enterprise'], true],
    ['Starter', ['growth', 'Enterprise'], false],
    [null, ['growth'], false],
    [null, [], true],
  ])('on the plan %s, sold to %j: %s', (plan, eligiblePlans, found) => {
    const usage = [use('exports', 1, 90)];
    expect(find({ plan, usage }, [{ ...FORECASTING, eligiblePlans }])).toHaveLength(found ? 1 : 0);
  });

  it('are never found from the plan alone', () => {
    expect(find({}, [{ ...FORECASTING, eligiblePlans: ['Growth'], signalFeatures: [] }])).toEqual([]);
  });

  it('keep the price’s own currency, or none', () => {
    const usage = [use('exports', 1, 90)];
    const euros = find({ usage }, [{ ...FORECASTING, currency: 'EUR' }])[0];
    expect(euros?.impact).toEqual({ amountCents: 3_600_000, currency: 'EUR' });
    const unpriced = find({ usage }, [{ ...FORECASTING, priceCents: null }])[0];
    expect(unpriced).toMatchObject({ impact: null, calculation: [] });
  });

  it('name the limit first', () => {
    const usage = [use('reports', 2, 300), use('exports', 1, 12, { limitHits: 3 })];
    const [module] = find({ usage }, [FORECASTING]);
    expect(module?.why).toBe(
      'exports at the plan limit 3 times in 28 days, reports used 300 times in 28 days, usage growing',
    );
    expect(module?.evidence.map((item) => item.signal)).toEqual([
      'featureUsage.exports',
      'featureUsage.exports.limitHits',
      'featureUsage.reports',
      'usageTrend',
    ]);
  });
});

describe('integrations', () => {
  it('are found where the tech stack names the product', () => {
    expect(find({ techStack: ['Jira', ' slack '] }, [SLACK])).toEqual([
      {
        type: 'integration',
        subject: 'slack',
        title: 'Slack integration',
        headline: 'Northwind Robotics uses slack without the Slack integration',
        why: 'Uses slack (tech stack), not connected',
        confidence: 'medium',
        impact: { amountCents: 480_000, currency: 'USD' },
        evidence: [
          evidence('techStack', 'slack is in the tech stack', 'slack', 'Account profile'),
          evidence('integrations', 'Slack integration is not connected', 'not connected', 'Account profile'),
        ],
        calculation: ['Slack integration: $4,800 a year (catalogue)'],
        talkTrack: expect.stringContaining('Slack integration would connect the two'),
      },
    ]);
  });

  it.each([
    [['Teams'], [], false],
    [['Slack'], ['slack'], false],
    [['Slack'], ['SLACK INTEGRATION'], false],
    [['Slack Enterprise Grid'], ['Slack Enterprise Grid '], false],
    [['Slack'], ['Teams'], true],
    [[], [], false],
  ])('with %j in use and %j connected: %s', (techStack, integrations, found) => {
    expect(find({ techStack, integrations }, [SLACK])).toHaveLength(found ? 1 : 0);
  });

  it.each([
    ['growing', true, 'high'],
    ['growing', false, 'medium'],
    [null, true, 'high'],
    ['stable', false, 'medium'],
    ['declining', true, 'low'],
    ['inactive', false, 'low'],
  ] as const)('usage %s, features in use %s: %s', (usageTrend, used, confidence) => {
    const usage = used ? [use('API polling', 1, 900)] : [];
    const [integration] = find({ techStack: ['Slack'], usageTrend, usage }, [SLACK]);
    expect(integration?.confidence).toBe(confidence);
    expect(integration?.why.includes('900 times')).toBe(used);
  });
});

describe('findExpansions', () => {
  const anyUse = fc.record({
    feature: fc.constantFrom('exports', 'Reports', 'API polling', 'other'),
    observedAt: fc.integer({ min: -2, max: 40 }).map(daysAgo),
    uses: fc.nat({ max: 5_000 }),
    activeUsers: fc.option(fc.nat({ max: 50 }), { nil: null }),
    limitHits: fc.oneof(fc.constant(0), fc.nat({ max: 20 })),
  });
  const anyAccount: fc.Arbitrary<AccountFacts> = fc.record({
    id: fc.uuid(),
    name: fc.constantFrom('Northwind Robotics', 'Tern & Daughters'),
    arrCents: fc.option(fc.nat({ max: 10 ** 9 }), { nil: null }),
    currency: fc.constantFrom('USD', 'EUR', 'CHF'),
    plan: fc.constantFrom('Growth', 'Starter', null),
    seatsPurchased: fc.option(fc.nat({ max: 2_000 }), { nil: null }),
    seatsActive: fc.option(fc.nat({ max: 2_000 }), { nil: null }),
    renewalDate: fc.constantFrom('2027-05-04', '2026-01-01', null),
    modules: fc.subarray(['forecasting', 'audit']),
    integrations: fc.subarray(['slack']),
    techStack: fc.subarray(['Slack', 'Jira']),
    usageTrend: fc.constantFrom(...USAGE_TRENDS, null),
    observedAt: fc.constant(OBSERVED),
    seatHistory: fc.array(fc.nat({ max: 120 }), { maxLength: 8 }).map(weekly),
    usage: fc.array(anyUse, { maxLength: 12 }),
  });
  const CATALOGUE = [
    SEAT,
    FORECASTING,
    { ...SLACK, benefit: 'Saves 3.5 hours a week' },
    entry({
      id: 'audit',
      type: 'module',
      name: 'Audit log 2.0',
      signalFeatures: ['reports'],
      eligiblePlans: ['growth'],
    }),
  ];

  it('shows no number that is not in the evidence, the calculation or the title', () => {
    fc.assert(
      fc.property(anyAccount, (account) => {
        for (const found of findExpansions(account, CATALOGUE, NOW)) {
          const known = new Set(numbersIn(sourcesOf(found)));
          const shown = numbersIn([found.headline, found.why, found.talkTrack]);
          expect(shown.filter((number) => !known.has(number))).toEqual([]);
          if (found.impact !== null) expect(found.calculation.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('finds the same twice, in the order seats, modules, integrations, each subject once', () => {
    fc.assert(
      fc.property(anyAccount, (account) => {
        const found = findExpansions(account, CATALOGUE, NOW);
        expect(findExpansions(structuredClone(account), structuredClone(CATALOGUE), NOW)).toEqual(found);
        const order = found.map((candidate) => OPPORTUNITY_TYPES.indexOf(candidate.type));
        expect(order).toEqual([...order].sort());
        expect(new Set(found.map((candidate) => `${candidate.type} ${candidate.subject}`)).size).toBe(found.length);
        for (const candidate of found) {
          expect(candidate.evidence.length).toBeGreaterThan(0);
          expect(candidate.talkTrack).toMatch(/^\S.*[.!?]$/);
          expect(candidate.talkTrack).not.toContain('  ');
        }
      }),
    );
  });

  it('follows the policy it is given', () => {
    const policy = { ...DEFAULT_EXPANSION_POLICY, mediumUtilisationPercent: 50, targetUtilisationPercent: 40 };
    const [seats] = findExpansions(ACCOUNT, [], NOW, policy);
    expect(seats).toMatchObject({ title: '25 seats', confidence: 'medium' });
    expect(find({}, [])).toEqual([]);
  });
});

describe('fingerprint', () => {
  it('is 32 hex digits, and stays what it is', () => {
    expect(fingerprint('northwind', 'seats', 'seats', '2027-05-04')).toMatch(/^northwind\/[0-9a-f]{32}$/);
    expect(fingerprint('northwind', 'seats', 'seats', '2027-05-04')).toBe(KNOWN);
  });

  it('survives a corrected day, not a new term', () => {
    const known = fingerprint('a', 'module', 'x', '2027-05-04');
    expect(fingerprint('a', 'module', 'x', '2027-05-31')).toBe(known);
    expect(fingerprint('a', 'module', 'x', '2028-05-04')).not.toBe(known);
    expect(fingerprint('a', 'module', 'x', null)).not.toBe(known);
  });

  it('tells different opportunities apart, wherever the parts are cut', () => {
    expect(fingerprint('ab', 'seats', 'c', null)).not.toBe(fingerprint('a', 'seats', 'bc', null));
    expect(fingerprint('a5:seats', 'seats', 'c', null)).not.toBe(fingerprint('a', 'seats', '5:seatsc', null));
    const part = fc.string({ unit: fc.constantFrom('a', '1', ':', '|', '\n', '') });
    const identity = fc.tuple(
      part,
      fc.constantFrom(...OPPORTUNITY_TYPES),
      part,
      fc.constantFrom('2027-05', '2027-06', null),
    );
    fc.assert(
      fc.property(identity, identity, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(fingerprint(...a) === fingerprint(...b)).toBe(same);
      }),
    );
  });
});

const KNOWN = 'northwind/f3b7751111c43b23d1036ac2906ce826';

function find(change: Partial<AccountFacts>, catalogue: CatalogueEntry[]): OpportunityCandidate[] {
  return findExpansions({ ...ACCOUNT, ...change }, catalogue, NOW);
}

function daysAgo(days: number): Date {
  return new Date(NOW.getTime() - days * 86_400_000);
}

function entry(
  values: Pick<CatalogueEntry, 'id' | 'name'> & { type: OpportunityType } & Partial<CatalogueEntry>,
): CatalogueEntry {
  return {
    priceCents: null,
    currency: 'USD',
    signalFeatures: [],
    eligiblePlans: [],
    techNames: [],
    benefit: null,
    ...values,
  };
}

function evidence(signal: string, statement: string, value: string, source: string) {
  return { signal, statement, value, source, observedAt: OBSERVED.toISOString(), note: null };
}

function use(feature: string, days: number, uses: number, more: Partial<UsageFacts> = {}): UsageFacts {
  return { feature, observedAt: daysAgo(days), uses, activeUsers: null, limitHits: 0, ...more };
}

/** Reports of seats in use of 100, a week apart, the last one being the current. */
function weekly(reports: number[]): SeatReport[] {
  return reports.map((seatsActive, index) => report((reports.length - 1 - index) * 7, seatsActive));
}

function report(daysBefore: number, seatsActive: number): SeatReport {
  return { observedAt: daysAgo(1 + daysBefore), seatsActive, seatsPurchased: 100 };
}

function sourcesOf(found: OpportunityCandidate): string[] {
  const evidence = found.evidence.flatMap((item) => [item.statement, item.value, item.note ?? '']);
  return [found.title, ...found.calculation, ...evidence];
}

function numbersIn(texts: string[]): string[] {
  return texts.flatMap((text) => text.match(/\d[\d,.]*/g) ?? []).map((number) => number.replace(/[,.]+$/, ''));
}
