import { accountsFile } from '../../lib/adapters/accounts/accounts-file';
import { catalogueFile } from '../../lib/adapters/accounts/catalogue-file';
import { usageFile } from '../../lib/adapters/accounts/usage-file';
import { createAccount, type SampleAccount, touchpointBefore, weekOf } from './account';
import { SAMPLE_CATALOGUE } from './catalogue';
import { companyNames } from './names';
import { Random } from './random';
import { STORIES, STORY_KEYS, type StoryKey } from './stories';
import { usageRows } from './usage';

/** Weekly snapshots of an account that has been a customer long enough. */
export const SAMPLE_WEEKS = 26;
const DEFAULT_SEED = 20_260_101;
const WEEK_MS = 7 * 86_400_000;

export interface SamplePortfolio {
  /** CSV files, to be imported in this order. */
  catalogue: string;
  accounts: string;
  usage: string;
  /** Ids of the accounts that live each story. */
  stories: Record<StoryKey, string[]>;
}

/**
 * An invented portfolio whose newest snapshot is from the latest 06:00 UTC before `now`, as the CSV files that a user
 * would import. Same seed and same day: same files.
 */
export function generateSamplePortfolio({ now, seed = DEFAULT_SEED }: { now: Date; seed?: number }): SamplePortfolio {
  const random = new Random(seed);
  const newest = latestMorning(now);
  const keys = random.shuffle(STORY_KEYS.flatMap((key) => new Array<StoryKey>(STORIES[key].count).fill(key)));
  const names = companyNames(keys.length, random);
  const accounts = keys.map((key, index) =>
    createAccount(index, names[index] ?? `Company ${index}`, key, newest, random),
  );
  return {
    catalogue: catalogueCsv(),
    accounts: accountsCsv(accounts, newest),
    usage: usageCsv(accounts, newest),
    stories: Object.fromEntries(
      STORY_KEYS.map((key) => [key, accounts.filter((account) => account.story === key).map((account) => account.id)]),
    ) as Record<StoryKey, string[]>,
  };
}

function latestMorning(now: Date): Date {
  const morning = new Date(now);
  morning.setUTCHours(6, 0, 0, 0);
  return morning > now ? new Date(morning.getTime() - 86_400_000) : morning;
}

function catalogueCsv(): string {
  const rows = SAMPLE_CATALOGUE.map((item) => [
    item.id,
    item.type,
    item.name,
    item.price,
    'USD',
    item.features.join(';'),
    item.plans.join(';'),
    item.techNames.join(';'),
    item.benefit,
  ]);
  return toCsv([catalogueFile.columns, ...rows]);
}

/** The weeks in which an account is observed, counted back from the newest snapshot, oldest first. */
function observedWeeks({ lastSeenWeeksAgo, customerDays }: SampleAccount): number[] {
  const weeks: number[] = [];
  for (let ago = SAMPLE_WEEKS - 1 + lastSeenWeeksAgo; ago >= lastSeenWeeksAgo; ago -= 1) {
    if (ago * 7 <= customerDays) weeks.push(ago);
  }
  return weeks;
}

function chronological<Row>(
  accounts: readonly SampleAccount[],
  rowsOf: (account: SampleAccount, weeksAgo: number) => Row[],
): Row[] {
  const byWeek = new Map<number, Row[]>();
  for (const account of accounts) {
    for (const week of observedWeeks(account)) {
      const rows = byWeek.get(week) ?? [];
      rows.push(...rowsOf(account, week));
      byWeek.set(week, rows);
    }
  }
  return [...byWeek].sort(([a], [b]) => b - a).flatMap(([, rows]) => rows);
}

function accountsCsv(accounts: readonly SampleAccount[], newest: Date): string {
  const rows = chronological(accounts, (account, weeksAgo) => [accountRow(account, weeksAgo, newest)]);
  return toCsv([accountsFile.columns, ...rows]);
}

function accountRow(account: SampleAccount, weeksAgo: number, newest: Date): (string | number | null)[] {
  const observedAt = new Date(newest.getTime() - weeksAgo * WEEK_MS);
  const week = weekOf(account, weeksAgo);
  return [
    account.id,
    account.name,
    account.domain,
    account.status,
    account.segment,
    account.arr.toFixed(2),
    account.currency,
    account.plan,
    account.seats,
    week.seatsActive,
    account.csm,
    account.rep,
    account.contractStart,
    account.renewalAt(observedAt),
    touchpointBefore(account, observedAt, newest)?.toISOString() ?? null,
    week.loginDays,
    week.trend,
    week.adoption.toFixed(2),
    week.engagement,
    week.nps,
    week.invoice,
    week.openTickets,
    week.sentiment,
    week.escalations,
    week.tam,
    week.collections,
    account.modules.join(';'),
    account.integrations.join(';'),
    account.techStack.join(';'),
    observedAt.toISOString(),
  ];
}

function usageCsv(accounts: readonly SampleAccount[], newest: Date): string {
  const rows = chronological(accounts, (account, weeksAgo) => {
    const observedAt = new Date(newest.getTime() - weeksAgo * WEEK_MS).toISOString();
    return usageRows(account, weeksAgo).map((use) => [
      account.id,
      use.feature,
      observedAt,
      use.uses,
      use.activeUsers,
      use.limitHits,
    ]);
  });
  return toCsv([usageFile.columns, ...rows]);
}

function toCsv(rows: readonly (readonly (string | number | null)[])[]): string {
  return `${rows.map((row) => row.map(toCell).join(',')).join('\n')}\n`;
}

function toCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
