import type { AssessedAdoption, AssessedFeature } from './adoption';
import type { AdoptionAccount } from './adoption-use';
import type { UsageFacts } from './expansion';
import { foldName } from './expansion-catalogue';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** How many weeks and features a map shows at most. */
export const MAP_WEEKS = 26;
export const MAP_FEATURES = 40;

/** One feature in one week. */
export interface AdoptionCell {
  uses: number;
  activeUsers: number | null;
  /** How often a plan limit stopped the account. */
  limitHits: number;
  /** 0 none; 1 to 4: below a quarter, below three quarters, about as much, and more than what it is measured by. */
  level: 0 | 1 | 2 | 3 | 4;
}

export interface AdoptionRow {
  feature: string;
  standing: AssessedFeature['standing'];
  /** What its weeks are measured by: the peers' median use, or where that is not known the account's own busiest week. */
  scale: 'peers' | 'own';
  /** Uses a week per seat of the peers, where the scale is theirs. */
  peerWeeklyUses: number | null;
  /** By week, the oldest first; null where nothing was reported. */
  cells: (AdoptionCell | null)[];
}

export interface AdoptionMap {
  /** Last day of each week, `YYYY-MM-DD`, the oldest first; weeks are counted back from the newest report. */
  weeks: string[];
  rows: AdoptionRow[];
}

/** Use by feature and week, from the first report on. Features that are under-used come first, then the most used ones. */
export function mapAdoption(account: AdoptionAccount, adoption: AssessedAdoption, now: Date): AdoptionMap {
  const reports = account.usage.filter((row) => row.observedAt <= now);
  const newest = reports.reduce((latest, row) => Math.max(latest, row.observedAt.getTime()), 0);
  const end = endOfDay(newest);
  const weekOf = (row: UsageFacts) => Math.floor((end - row.observedAt.getTime()) / WEEK_MS);
  const shown = reports.filter((row) => weekOf(row) < MAP_WEEKS);
  const count = shown.reduce((weeks, row) => Math.max(weeks, weekOf(row) + 1), 0);
  if (count === 0) return { weeks: [], rows: [] };
  const byFeature = new Map<string, UsageFacts[]>();
  for (const row of shown) byFeature.set(foldName(row.feature), [...(byFeature.get(foldName(row.feature)) ?? []), row]);

  const assessed = new Map(adoption.features.map((feature) => [foldName(feature.feature), feature]));
  const rank = new Map(adoption.recommendations.map(({ feature, rank }) => [feature, rank]));
  const rows: AdoptionRow[] = [];
  for (const [key, feature] of assessed) {
    if (byFeature.has(key) || feature.standing === 'under_used') {
      rows.push(rowOf(feature, byFeature.get(key) ?? [], { account, adoption, count, weekOf }));
    }
  }
  // Used once, and by nobody in the window any more.
  for (const [key, usage] of byFeature) {
    const [first] = usage;
    if (!assessed.has(key) && first) {
      const feature = { feature: first.feature.trim(), standing: 'unused' as const, peerMedianUses: null };
      rows.push(rowOf(feature, usage, { account, adoption, count, weekOf }));
    }
  }
  const total = (row: AdoptionRow) => row.cells.reduce((sum, cell) => sum + (cell?.uses ?? 0), 0);
  const place = (row: AdoptionRow) => rank.get(row.feature) ?? Number.POSITIVE_INFINITY;
  const order = new Map(rows.map((row) => [row, total(row)]));
  rows.sort((a, b) => compare(place(a), place(b)) || (order.get(b) ?? 0) - (order.get(a) ?? 0));
  return {
    weeks: Array.from({ length: count }, (_, index) => dayOf(end - (count - 1 - index) * WEEK_MS - 1)),
    rows: rows.slice(0, MAP_FEATURES),
  };
}

function rowOf(
  feature: Pick<AssessedFeature, 'feature' | 'standing' | 'peerMedianUses'>,
  usage: readonly UsageFacts[],
  about: {
    account: AdoptionAccount;
    adoption: AssessedAdoption;
    count: number;
    weekOf: (row: UsageFacts) => number;
  },
): AdoptionRow {
  const { account, adoption, count, weekOf } = about;
  const cells: (AdoptionCell | null)[] = new Array(count).fill(null);
  for (const row of usage) {
    const week = count - 1 - weekOf(row);
    const cell = cells[week] ?? { uses: 0, activeUsers: null, limitHits: 0, level: 0 };
    cell.uses += row.uses;
    cell.limitHits += row.limitHits;
    if (row.activeUsers !== null) cell.activeUsers = Math.max(cell.activeUsers ?? 0, row.activeUsers);
    cells[week] = cell;
  }
  const peerWeeklyUses =
    feature.peerMedianUses !== null && feature.peerMedianUses > 0 && account.seats
      ? (feature.peerMedianUses * 7) / adoption.windowDays
      : null;
  const measure =
    peerWeeklyUses === null
      ? cells.reduce((most, cell) => Math.max(most, cell?.uses ?? 0), 0)
      : peerWeeklyUses * (account.seats ?? 0);
  for (const cell of cells) if (cell) cell.level = levelOf(cell.uses, measure);
  return {
    feature: feature.feature,
    standing: feature.standing,
    scale: peerWeeklyUses === null ? 'own' : 'peers',
    peerWeeklyUses,
    cells,
  };
}

/** @param measure uses a week that are about as many as they should be. */
export function levelOf(uses: number, measure: number): AdoptionCell['level'] {
  if (uses <= 0) return 0;
  const share = measure <= 0 ? 1 : uses / measure;
  if (share < 0.25) return 1;
  if (share < 0.75) return 2;
  return share < 1.25 ? 3 : 4;
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** The first instant of the next UTC day. */
function endOfDay(time: number): number {
  return (Math.floor(time / DAY_MS) + 1) * DAY_MS;
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
