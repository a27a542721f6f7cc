import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AssessedAdoption, assessAdoption, DEFAULT_ADOPTION_POLICY } from '../../../lib/domain/adoption';
import {
  type AdoptionBenchmark,
  createBenchmarking,
  medianWithout,
  middleOf,
  withoutOwn,
} from '../../../lib/domain/adoption-benchmark';
import { type AdoptionAccount, ownership, useWithin } from '../../../lib/domain/adoption-use';
import { levelOf, MAP_WEEKS, mapAdoption } from '../../../lib/domain/adoption-weeks';
import type { CatalogueEntry, UsageFacts } from '../../../lib/domain/expansion';

const NOW = new Date('2026-11-22T09:30:00Z');
const DAY = 86_400_000;
const { windowDays, minPeers } = DEFAULT_ADOPTION_POLICY;

const CATALOGUE: CatalogueEntry[] = [
  entry('forecasting', 'module', 'Forecasting', ['Forecast preview']),
  entry('slack', 'integration', 'Slack', ['Shared links']),
  entry('teams', 'integration', 'Teams', ['Shared links']),
  entry('seats', 'seats', 'Seats', ['Dashboards']),
];

function entry(id: string, type: CatalogueEntry['type'], name: string, signalFeatures: string[]): CatalogueEntry {
  const rest = { priceCents: null, currency: 'USD', eligiblePlans: [], techNames: [], benefit: null };
  return { id, type, name, signalFeatures, ...rest };
}

function use(feature: string, uses: number, daysAgo = 1, more: Partial<UsageFacts> = {}): UsageFacts {
  return {
    feature,
    uses,
    observedAt: new Date(NOW.getTime() - daysAgo * DAY),
    activeUsers: null,
    limitHits: 0,
    ...more,
  };
}

function account(more: Partial<AdoptionAccount> = {}): AdoptionAccount {
  return {
    ...{ id: 'acme', name: 'Acme', active: true, segment: 'SMB', seats: 10, modules: [], integrations: [], usage: [] },
    ...more,
  };
}

/** What the portfolio job makes of these accounts. */
function benchmarksOf(accounts: readonly AdoptionAccount[], segment: string | null = 'SMB') {
  const benchmarking = createBenchmarking(CATALOGUE, NOW);
  const from = new Date(NOW.getTime() - windowDays * DAY);
  for (const each of accounts.filter(({ active }) => active)) {
    const rows = each.usage.filter(({ observedAt }) => observedAt > from && observedAt <= NOW);
    benchmarking.add({ ...each, use: rows.map(({ feature, uses }) => ({ feature, uses })) });
  }
  const steps = benchmarking.finish();
  let step = steps.next();
  while (!step.done) step = steps.next();
  const find = (name: string | null) => step.value?.find((each: AdoptionBenchmark) => each.segment === name) ?? null;
  return { segment: segment === null ? null : find(segment), portfolio: find(null) };
}

function assess(one: AdoptionAccount, others: readonly AdoptionAccount[]): AssessedAdoption {
  return assessAdoption(one, benchmarksOf([one, ...others], one.segment), CATALOGUE, NOW);
}

const peer = (usage: UsageFacts[], more: Partial<AdoptionAccount> = {}) => account({ id: 'peer', usage, ...more });
const standing = (adoption: AssessedAdoption) =>
  Object.fromEntries(adoption.features.map((feature) => [feature.feature, feature.standing]));

describe('feature adoption', () => {
  it('compares one account with its segment', () => {
    const others = [
      peer([use('Dashboards', 100), use('Alerts', 40), use('Forecast preview', 10)], { modules: ['forecasting'] }),
      peer([use('Dashboards', 80), use('Alerts', 60)]),
      peer([use('Dashboards', 120), use('Alerts', 20), use('Forecast preview', 30)], {
        modules: ['Forecasting module'],
      }),
      peer([use('Dashboards', 100), use('Shared links', 9)], { integrations: ['slack'] }),
      peer([use('Dashboards', 100), use('Alerts', 50)]),
    ];
    const one = account({ usage: [use('Dashboards', 30), use('dashboards ', 5, 8), use('Shared links', 3)] });
    const adoption = assess(one, others);
    expect(adoption).toMatchObject({
      ...{ from: '2026-10-25', to: '2026-11-22', reported: true, windowDays: 28 },
      // Dashboards and Shared links of Dashboards, Shared links (used without owning) and Alerts.
      ...{ featuresUsed: 2, featuresKnown: 3, adoptionRate: 2 / 3 },
      benchmark: { segment: 'SMB', accounts: 5 },
    });
    expect(standing(adoption)).toEqual({
      Dashboards: 'under_used',
      Alerts: 'under_used',
      'Forecast preview': 'not_owned',
      'Shared links': 'not_owned',
    });
    expect(
      adoption.features.map(({ feature, uses, peerShare, peerMedianUses }) => [
        feature,
        uses,
        peerShare,
        peerMedianUses,
      ]),
    ).toEqual([
      ['Dashboards', 35, 1, 10],
      ['Alerts', 0, 0.8, 4.5],
      ['Forecast preview', 0, 0.4, null],
      ['Shared links', 3, 0.2, null],
    ]);
    expect(adoption.recommendations.map(({ rank, text }) => [rank, text])).toEqual([
      [1, 'Introduce Alerts: 4 of 5 accounts of the segment SMB use it, this account does not.'],
      [
        2,
        'Get more out of Dashboards: 3.5 uses per seat in 28 days here; the median of the accounts of the segment SMB that use it (5 of 5) is 10.',
      ],
    ]);
    expect(adoption.recommendations[1]?.evidence[0]).toEqual({
      label: 'Dashboards: uses per seat here',
      value: '3.5 in 28 days (35 uses, 10 seats)',
      observedAt: '2026-11-21T09:30:00.000Z',
    });
  });

  it('ranks what is paid for and not used before what more peers use', () => {
    const others = [1, 2, 3, 4, 5, 6].map((nth) =>
      peer([use('Alerts', nth === 1 ? 0 : 10), ...(nth > 2 ? [use('Forecast preview', 20)] : [])], {
        modules: ['forecasting'],
      }),
    );
    const adoption = assess(account({ modules: ['forecasting'], usage: [use('Exports', 1)] }), others);
    expect(adoption.recommendations.map(({ feature }) => feature)).toEqual(['Forecast preview', 'Alerts']);
    expect(adoption.recommendations[0]?.text).toContain('It comes with the Forecasting module, which is paid for.');
    const without = assess(account({ usage: [use('Exports', 1)] }), others);
    expect(without.recommendations.map(({ feature }) => feature)).toEqual(['Alerts']);
    expect(standing(without)).toMatchObject({ 'Forecast preview': 'not_owned' });
  });

  it('tells what was given up from what was never begun', () => {
    const others = new Array(6).fill(peer([use('Dashboards', 10), use('Alerts', 5), use('Comments', 5)]));
    const one = account({ usage: [use('Dashboards', 10), use('Alerts', 5, 47), use('Comments', 0, 40)] });
    const { recommendations } = assess(one, others);
    expect(recommendations.map(({ text }) => text)).toEqual([
      'Bring back Alerts: last used here in the period to 6 Oct 2026, while 6 of 6 accounts of the segment SMB use it.',
      'Introduce Comments: 6 of 6 accounts of the segment SMB use it, this account does not.',
    ]);
  });

  it('falls back to the portfolio where the segment has too few, and compares with nobody where both have', () => {
    const usage = [use('Dashboards', 10)];
    const few = new Array(minPeers - 1).fill(peer(usage));
    const elsewhere = peer(usage, { segment: 'enterprise' });
    expect(assess(account({ usage }), few).benchmark).toBeNull();
    expect(assess(account({ usage }), [...few, elsewhere]).benchmark).toMatchObject({
      segment: null,
      accounts: minPeers,
    });
    expect(assess(account({ usage }), [...few, peer(usage)]).benchmark).toMatchObject({ segment: 'SMB' });
    expect(assess(account({ usage, segment: null }), [...few, peer(usage)]).benchmark).toMatchObject({ segment: null });
    const alone = assess(account({ usage }), few);
    expect(alone).toMatchObject({ adoptionRate: 1, recommendations: [], features: [{ peerShare: null, gap: null }] });
  });

  it('has no rate where nothing is known, and counts neither older nor future periods', () => {
    const none = { segment: null, portfolio: null };
    const adoption = assessAdoption(account({ usage: [use('Old', 9, 28), use('Soon', 9, -1)] }), none, [], NOW);
    expect(adoption).toMatchObject({ adoptionRate: null, featuresKnown: 0, reported: false, benchmarkAsOf: null });
    expect(assessAdoption(account({ usage: [use('New', 9, 27.9)] }), none, [], NOW).adoptionRate).toBe(1);
  });

  it('says how an account stands without seats by what it uses alone', () => {
    const others = new Array(6).fill(peer([use('Dashboards', 100), use('Alerts', 5)]));
    const adoption = assess(account({ seats: null, usage: [use('Dashboards', 1)] }), others);
    expect(standing(adoption)).toEqual({ Dashboards: 'in_use', Alerts: 'under_used' });
  });

  it('is, for one invented account, what was written down', async () => {
    const others = Array.from({ length: 9 }, (_, nth) =>
      peer(
        [1, 8, 15, 22].flatMap((daysAgo) => [
          use('Dashboards', 20 + 3 * nth, daysAgo, { activeUsers: 8 }),
          ...(nth < 7 ? [use('Alerts', 4 + nth, daysAgo)] : []),
          ...(nth % 2 === 0 ? [use('Forecast preview', 6, daysAgo)] : []),
        ]),
        { seats: 10 + nth, modules: nth % 2 === 0 ? ['forecasting'] : [] },
      ),
    );
    const usage = [1, 8, 15].map((daysAgo) => use('Dashboards', 4 + daysAgo, daysAgo, { activeUsers: daysAgo }));
    const one = account({
      seats: 40,
      modules: ['forecasting'],
      usage: [...usage, use('Shared links', 2, 22, { limitHits: 1 })],
    });
    const adoption = assess(one, others);
    const written = { ...adoption, map: mapAdoption(one, adoption, NOW) };
    await expect(`${JSON.stringify(written, null, 2)}\n`).toMatchFileSnapshot('adoption.golden.txt');
  });
});

describe('the weeks of an account', () => {
  it('are counted back from the newest report, up to 26, with nothing where nothing was reported', () => {
    const one = account({
      usage: [
        use('Dashboards', 10, 2),
        use('Dashboards', 40, 9),
        use('Alerts', 0, 2),
        use('Alerts', 3, 16),
        use('Old', 1, 7 * MAP_WEEKS + 2),
      ],
    });
    const map = mapAdoption(one, assess(one, []), NOW);
    expect(map.weeks).toEqual(['2026-11-06', '2026-11-13', '2026-11-20']);
    expect(
      map.rows.map(({ feature, scale, cells }) => [
        feature,
        scale,
        cells.map((cell) => cell && [cell.uses, cell.level]),
      ]),
    ).toEqual([
      ['Dashboards', 'own', [null, [40, 3], [10, 2]]],
      ['Alerts', 'own', [[3, 3], null, [0, 0]]],
    ]);
  });

  it('are empty without a report', () => {
    const one = account();
    const others = new Array(6).fill(peer([use('Dashboards', 10)]));
    expect(mapAdoption(one, assess(one, others), NOW)).toEqual({ weeks: [], rows: [] });
  });

  it('show what peers use and this account does not as a row of its own, first', () => {
    const others = new Array(6).fill(peer([use('Dashboards', 10), use('Alerts', 5)]));
    const one = account({ usage: [use('Dashboards', 10)] });
    const { rows } = mapAdoption(one, assess(one, others), NOW);
    expect(rows.map(({ feature, standing, cells }) => [feature, standing, cells.length])).toEqual([
      ['Alerts', 'under_used', 1],
      ['Dashboards', 'in_use', 1],
    ]);
    // 10 uses a window are 2.5 a week per 10 seats: 10 in one week is more.
    expect(rows[1]).toMatchObject({ scale: 'peers', peerWeeklyUses: 0.25, cells: [{ level: 4 }] });
  });

  it.each([
    [0, 10, 0],
    [2, 10, 1],
    [2.5, 10, 2],
    [7.5, 10, 3],
    [12.5, 10, 4],
    [1, 0, 3],
  ])('have, with %d uses where %d are usual, level %d', (uses, measure, level) => {
    expect(levelOf(uses, measure)).toBe(level);
  });
});

const FEATURES = ['Dashboards', 'Alerts', 'Comments', 'Forecast preview', 'Shared links', 'View 360'];
const anyUsage = fc.array(
  fc.record({
    feature: fc.constantFrom(...FEATURES),
    uses: fc.oneof(fc.constant(0), fc.nat({ max: 500 })),
    observedAt: fc.integer({ min: -3, max: 200 }).map((days) => new Date(NOW.getTime() - days * DAY)),
    activeUsers: fc.option(fc.nat({ max: 50 }), { nil: null }),
    limitHits: fc.nat({ max: 3 }),
  }),
  { maxLength: 24 },
);
const anyAccount: fc.Arbitrary<AdoptionAccount> = fc.record({
  id: fc.uuid(),
  name: fc.constant('Peer'),
  active: fc.boolean(),
  segment: fc.constantFrom('SMB', 'SMB', 'enterprise', null),
  seats: fc.option(fc.integer({ min: 1, max: 400 }), { nil: null }),
  modules: fc.subarray(['forecasting', 'Other']),
  integrations: fc.subarray(['slack', 'Teams']),
  usage: anyUsage,
});
const anyPortfolio = fc.array(anyAccount, { maxLength: 14 });

describe('any assessment', () => {
  it('has rates and shares within 0 and 1, ranks 1, 2, 3 …, and numbers that its evidence shows', () => {
    fc.assert(
      fc.property(anyAccount, anyPortfolio, (one, others) => {
        const adoption = assess(one, others);
        const shares = [
          adoption.adoptionRate,
          adoption.benchmark?.adoptionRate,
          ...adoption.features.flatMap(({ peerShare, gap }) => [peerShare, gap]),
        ];
        for (const share of shares) {
          if (share === null || share === undefined) continue;
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
        expect(adoption.featuresUsed).toBeLessThanOrEqual(adoption.featuresKnown);
        const { recommendations } = adoption;
        expect(recommendations.map(({ rank }) => rank)).toEqual(recommendations.map((_, index) => index + 1));
        expect(new Set(recommendations.map(({ feature }) => feature)).size).toBe(recommendations.length);
        for (const { feature, text, evidence } of recommendations) {
          expect(adoption.features.find((each) => each.feature === feature)?.standing).toBe('under_used');
          const shown = new Set(evidence.flatMap(({ label, value }) => numbersIn(`${label} ${value}`)));
          for (const number of numbersIn(text)) expect(shown, text).toContain(number);
        }
      }),
    );
  });

  it('has no lower rate for more use', () => {
    const more = fc.record({
      feature: fc.constantFrom(...FEATURES),
      uses: fc.integer({ min: 1, max: 99 }),
      daysAgo: fc.integer({ min: 0, max: 27 }),
    });
    fc.assert(
      fc.property(anyAccount, anyPortfolio, more, (one, others, { feature, uses, daysAgo }) => {
        const benchmarks = benchmarksOf([one, ...others], one.segment);
        const before = assessAdoption(one, benchmarks, CATALOGUE, NOW);
        const after = assessAdoption(
          { ...one, usage: [...one.usage, use(feature, uses, daysAgo)] },
          benchmarks,
          CATALOGUE,
          NOW,
        );
        expect(after.adoptionRate ?? 0).toBeGreaterThanOrEqual(before.adoptionRate ?? 0);
        const of = (adoption: AssessedAdoption) => adoption.features.find((each) => each.feature === feature);
        expect(of(after)?.gap ?? 0).toBeLessThanOrEqual(of(before)?.gap ?? 1);
      }),
    );
  });

  it('compares with the others alone: as if the account had not been added up', () => {
    fc.assert(
      fc.property(anyAccount, anyPortfolio, (one, others) => {
        const of = (accounts: readonly AdoptionAccount[]) => benchmarksOf(accounts).portfolio;
        const [all, rest] = [of([one, ...others]), of(others)];
        if (all === null) return;
        const own = useWithin(one.usage, new Date(NOW.getTime() - windowDays * DAY), NOW);
        const counted = one.active && own.size > 0;
        const peers = withoutOwn(all, counted ? { rate: 0, seats: one.seats, own } : null);
        expect(peers.accounts).toBe(rest?.accounts ?? 0);
        for (const [key, feature] of peers.features) {
          const expected = rest?.features.get(key);
          expect(feature.accounts).toBe(expected?.accounts ?? 0);
          const median = expected ? medianWithout(expected, null) : null;
          if (median === null) expect(feature.median).toBeNull();
          else expect(feature.median).toBeCloseTo(median, 9);
        }
      }),
    );
  });

  it('has in its map every use of the last 26 weeks once', () => {
    fc.assert(
      fc.property(anyAccount, anyPortfolio, (one, others) => {
        const map = mapAdoption(one, assess(one, others), NOW);
        const reports = one.usage.filter(({ observedAt }) => observedAt <= NOW);
        const newest = Math.max(...reports.map(({ observedAt }) => observedAt.getTime()));
        const shown = reports.filter(({ observedAt }) => newest - observedAt.getTime() < (7 * MAP_WEEKS - 1) * DAY);
        const total = (uses: number[]) => uses.reduce((sum, each) => sum + each, 0);
        const inMap = total(map.rows.flatMap(({ cells }) => cells.map((cell) => cell?.uses ?? 0)));
        expect(inMap).toBeGreaterThanOrEqual(total(shown.map(({ uses }) => uses)));
        expect(inMap).toBeLessThanOrEqual(total(reports.map(({ uses }) => uses)));
        expect(map.weeks.length).toBeLessThanOrEqual(MAP_WEEKS);
        for (const { cells } of map.rows) expect(cells).toHaveLength(map.weeks.length);
      }),
    );
  });
});

describe('the middle of a list', () => {
  it('tells the median of the list without any one of its values', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 9 }), fc.nat(), (values, pick) => {
        const index = pick % values.length;
        const rest = values.filter((_, at) => at !== index).sort((a, b) => a - b);
        const half = rest.length / 2;
        const median =
          rest.length === 0 ? null : ((rest[Math.ceil(half) - 1] ?? 0) + (rest[Math.floor(half)] ?? 0)) / 2;
        expect(medianWithout(middleOf(values), values[index] ?? 0)).toBe(median);
      }),
    );
  });
});

describe('a feature of the catalogue', () => {
  it('belongs to what is owned before what is not, whatever it is called, and never to seats', () => {
    const owns = ownership({ modules: [' FORECASTING module'], integrations: ['teams'] }, CATALOGUE);
    expect(owns('forecast preview')).toMatchObject({ id: 'forecasting', owned: true });
    expect(owns('shared links')).toMatchObject({ id: 'teams', owned: true });
    expect(owns('dashboards')).toBeNull();
    expect(ownership({ modules: [], integrations: [] }, CATALOGUE)('shared links')).toMatchObject({
      id: 'slack',
      owned: false,
    });
  });
});

function numbersIn(text: string): string[] {
  return text.match(/\d[\d,.]*\d|\d/g) ?? [];
}
