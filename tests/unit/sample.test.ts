import { describe, expect, it } from 'vitest';
import { accountsFile } from '../../lib/adapters/accounts/accounts-file';
import { catalogueFile } from '../../lib/adapters/accounts/catalogue-file';
import type { FileKind } from '../../lib/adapters/accounts/file-kind';
import { readCsv } from '../../lib/adapters/accounts/read-csv';
import { RowCells } from '../../lib/adapters/accounts/row-cells';
import { usageFile } from '../../lib/adapters/accounts/usage-file';
import { findExpansions } from '../../lib/domain/expansion';
import { checkGates, DEFAULT_GATE_POLICY } from '../../lib/domain/gates';
import { assessHealth } from '../../lib/domain/health-score';
import type { AccountRecord, UsageRecord } from '../../lib/domain/import-records';
import { deriveSignals, type UsageTrend } from '../../lib/domain/signals';
import { generateSamplePortfolio, SAMPLE_WEEKS } from '../../prisma/sample/generate';
import { STORIES, STORY_KEYS, type StoryKey } from '../../prisma/sample/stories';
import { allRows, bytes } from './accounts/files';

const NOW = new Date('2026-11-22T15:00:00Z');
const sample = generateSamplePortfolio({ now: NOW });

async function read<Record>(text: string, kind: FileKind<Record>, now = NOW): Promise<Record[]> {
  const source = await readCsv(bytes(text, 65_536), kind);
  return (await allRows(source)).map((row) => {
    const cells = new RowCells(source.header.positions, source.header.labels, row.cells);
    const record = kind.read(cells, { now });
    expect([row.issue, cells.issues]).toEqual([null, []]);
    return record;
  });
}

function group<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

const accountRows = await read(sample.accounts, accountsFile);
const usageRows = await read(sample.usage, usageFile);
const catalogue = await read(sample.catalogue, catalogueFile);
const accounts = group(accountRows, (row) => row.id);
const usage = group(usageRows, (row) => row.accountId);

function snapshots(id: string): AccountRecord[] {
  return accounts.get(id) ?? [];
}

function timeOf(row: AccountRecord): Date {
  return row.observation.observedAt ?? NOW;
}

/** What a scan would make of an account today. */
function assess(id: string) {
  const history = snapshots(id);
  const newest = history.at(-1);
  if (!newest) throw new Error(`no snapshot of ${id}`);
  const { observation } = newest;
  const derived = deriveSignals({ ...observation, observedAt: timeOf(newest) }, NOW);
  if (!derived.ok) return null;
  const health = assessHealth(derived.signals);
  const gates = checkGates(
    {
      rag: health.rag,
      churnRiskLevel: health.churnRiskLevel,
      escalationCount90Days: derived.signals.escalationCount90Days,
      invoicePaymentStatus: derived.signals.invoicePaymentStatus,
      observedAt: timeOf(newest),
      contractStart: newest.contractStart,
    },
    DEFAULT_GATE_POLICY,
    NOW,
  );
  const found = findExpansions(
    {
      ...newest,
      ...observation,
      usageTrend: derived.signals.usageTrend as UsageTrend,
      observedAt: timeOf(newest),
      seatHistory: history.map((row) => ({
        observedAt: timeOf(row),
        seatsActive: row.observation.seatsActive ?? 0,
        seatsPurchased: row.observation.seatsPurchased ?? 0,
      })),
      usage: (usage.get(id) ?? []) satisfies UsageRecord[],
    },
    catalogue,
    NOW,
  );
  return { health, found, held: gates.filter((gate) => !gate.passed).map((gate) => gate.code) };
}

describe('the sample portfolio', () => {
  it('is the same for the same seed and day, and another for another seed', () => {
    expect(generateSamplePortfolio({ now: new Date('2026-11-22T23:00:00Z') })).toEqual(sample);
    expect(generateSamplePortfolio({ now: NOW, seed: 7 }).accounts).not.toBe(sample.accounts);
  });

  it('has 240 accounts with 26 weekly snapshots each, in order of time, the newest from today', () => {
    const full = [...accounts.values()].filter((rows) => rows.length === SAMPLE_WEEKS);
    expect(full.length).toBeGreaterThanOrEqual(240);
    for (const rows of full) {
      const times = rows.map((row) => timeOf(row).getTime());
      for (let week = 1; week < times.length; week += 1) {
        expect((times[week] ?? 0) - (times[week - 1] ?? 0)).toBe(7 * 86_400_000);
      }
    }
    expect(timeOf(accountRows.at(-1) as AccountRecord)).toEqual(new Date('2026-11-22T06:00:00Z'));
    const early = generateSamplePortfolio({ now: new Date('2026-11-22T03:00:00Z') });
    expect(early.accounts.trimEnd().endsWith('2026-11-21T06:00:00.000Z')).toBe(true);
  });

  it('is plausible: names once each, reserved domains, known owners, prices in proportion', () => {
    const newest = [...accounts.values()].map((rows) => rows.at(-1) as AccountRecord);
    expect(new Set(newest.map((row) => row.name)).size).toBe(newest.length);
    for (const row of newest) {
      expect(row.domain).toMatch(/\.example$/);
      const perSeat = (row.observation.arrCents ?? 0) / 100 / (row.observation.seatsPurchased ?? 1);
      expect(perSeat).toBeGreaterThan(150);
      expect(perSeat).toBeLessThan(700);
    }
    expect(new Set(newest.map((row) => row.repEmail)).size).toBe(6);
    expect(new Set(newest.map((row) => row.csmEmail)).size).toBe(8);
    expect(new Set(newest.map((row) => row.currency))).toEqual(new Set(['USD', 'EUR', 'GBP']));
    expect(usageRows.length).toBeLessThan(30_000);
    expect(catalogue.map((item) => item.type).sort()).toEqual([
      ...new Array(7).fill('integration'),
      ...new Array(7).fill('module'),
      'seats',
    ]);
  });

  it('moves smoothly from week to week', () => {
    for (const rows of accounts.values()) {
      rows.slice(1).forEach((row, index) => {
        const before = rows[index]?.observation;
        const step = Math.abs((row.observation.featureAdoptionRate ?? 0) - (before?.featureAdoptionRate ?? 0));
        expect(step).toBeLessThan(0.15);
      });
    }
  });

  it.each(STORY_KEYS)('tells «%s» at least three times', (key) => {
    expect(sample.stories[key].length).toBe(STORIES[key].count);
    expect(sample.stories[key].length).toBeGreaterThanOrEqual(3);
  });

  it.each<[StoryKey, string[], string[]]>([
    ['outgrowing_seats', ['seats'], []],
    ['module_wanted', ['module'], []],
    ['api_limits', ['module'], []],
    ['integration_wanted', ['integration'], []],
    ['overdue_but_growing', ['seats'], ['invoice_overdue']],
    ['escalation_with_full_seats', ['seats'], ['open_escalation']],
    ['stale_signals', ['seats'], ['stale_signals']],
    ['new_customer', ['integration'], ['new_account']],
    ['seasonal_spike', [], []],
    ['recovered', [], []],
    ['steady', [], []],
  ])('makes a scan find in «%s» %j, held by %j', (key, types, held) => {
    for (const id of sample.stories[key]) {
      const assessed = assess(id);
      expect({ id, types: assessed?.found.map((each) => each.type), held: assessed?.held }).toEqual({
        id,
        types,
        held,
      });
    }
  });

  it.each<[StoryKey, string]>([
    ['quiet_decline', 'RED'],
    ['money_trouble', 'RED'],
    ['champion_left', 'AMBER'],
    ['low_adoption', 'AMBER'],
    ['coasting', 'AMBER'],
    ['recovered', 'GREEN'],
    ['steady', 'GREEN'],
  ])('makes accounts of «%s» %s', (key, rag) => {
    for (const id of sample.stories[key]) expect({ id, rag: assess(id)?.health.rag }).toEqual({ id, rag });
  });

  it('breaks a feed in some accounts, which a scan reports', () => {
    for (const id of sample.stories.signals_missing) expect(assess(id)).toBeNull();
  });

  it('is worth a look: enough to do, some of it held, most of it healthy', () => {
    const assessed = [...accounts.keys()].map(assess).filter((each) => each !== null);
    const share = (rag: string) => assessed.filter((each) => each.health.rag === rag).length / assessed.length;
    expect(share('GREEN')).toBeCloseTo(0.65, 1);
    expect(share('AMBER')).toBeCloseTo(0.25, 1);
    expect(share('RED')).toBeCloseTo(0.1, 1);
    const count = (held: boolean) =>
      assessed.filter((each) => each.held.length > 0 === held).reduce((sum, each) => sum + each.found.length, 0);
    expect(count(false)).toBeGreaterThanOrEqual(40);
    expect(count(false)).toBeLessThanOrEqual(80);
    expect(count(true)).toBeGreaterThanOrEqual(12);
    expect(count(true)).toBeLessThanOrEqual(25);
  });

  it.each(['2028-02-29T12:00:00Z', '2027-03-01T05:59:59Z', '2026-12-31T23:59:59Z'])(
    'is good on %s too',
    async (day) => {
      const now = new Date(day);
      const other = generateSamplePortfolio({ now });
      const rows = await read(other.accounts, accountsFile, now);
      expect(rows).toHaveLength(accountRows.length);
      for (const row of rows) {
        const { renewalDate, observedAt } = row.observation;
        expect((renewalDate ?? '') > (observedAt?.toISOString().slice(0, 10) ?? '')).toBe(true);
        expect((row.contractStart ?? '') <= (observedAt?.toISOString().slice(0, 10) ?? '')).toBe(true);
      }
    },
  );
});
