import { type SampleAccount, weekOf } from './account';
import { SAMPLE_CATALOGUE } from './catalogue';
import type { StoryKey } from './stories';

/** How much a feature was used in one week. */
export interface WeekUse {
  feature: string;
  uses: number;
  activeUsers: number;
  limitHits: number;
}

/** Use that follows from what is owned, and the growing use of what is wanted. */
export function usageRows(account: SampleAccount, weeksAgo: number): WeekUse[] {
  const { seatsActive, adoption } = weekOf(account, weeksAgo);
  const sway = 1 + 0.15 * Math.sin(weeksAgo / 1.7 + account.variant * 25);
  const usual = ['Dashboards', ...ownedFeatures(account)].map((feature, index) => {
    const activeUsers = Math.max(1, Math.round(seatsActive * adoption * (index === 0 ? 0.8 : 0.25)));
    return { feature, uses: Math.round(activeUsers * (index === 0 ? 6 : 2.5) * sway), activeUsers, limitHits: 0 };
  });
  const around = HABITS.flatMap((habit, index) => habitUse(account, weeksAgo, habit, index, seatsActive * adoption));
  return [...usual, ...around, ...wantedUse(account, weeksAgo, seatsActive, sway)];
}

/** What comes with the product besides dashboards: how many accounts make a habit of it, and how much of one. */
const HABITS = [
  { feature: 'Saved views', share: 0.84, users: 0.4, uses: 3 },
  { feature: 'Alerts', share: 0.7, users: 0.3, uses: 4 },
  { feature: 'Comments', share: 0.62, users: 0.35, uses: 5 },
  { feature: 'Scheduled reports', share: 0.5, users: 0.1, uses: 1.5 },
  { feature: 'Mobile app', share: 0.36, users: 0.2, uses: 6 },
] as const;

/** Stories of accounts that never got far into the product, or are on their way out of it. */
const RELUCTANT: ReadonlySet<StoryKey> = new Set(['low_adoption', 'quiet_decline', 'champion_left', 'coasting']);

/** The vendor counts these features since so many weeks. */
const HABIT_WEEKS = 13;

/** Most habits are steady; some began a few weeks ago, some were given up, and some are far from what others do. */
function habitUse(
  account: SampleAccount,
  weeksAgo: number,
  habit: (typeof HABITS)[number],
  index: number,
  people: number,
): WeekUse[] {
  const [taste, fate, depth] = [1, 2, 3].map((nth) => scatter(account.variant, 7 * index + nth)) as [
    number,
    number,
    number,
  ];
  const share = RELUCTANT.has(account.story) ? habit.share * 0.45 : habit.share;
  if (weeksAgo >= HABIT_WEEKS || taste >= share) return [];
  const week = Math.floor(4 + 5 * depth);
  if (fate < 0.1 && weeksAgo < week) return [];
  if (fate > 0.88 && weeksAgo > week) return [];
  const begun = fate > 0.88 ? 0.35 + (0.65 * (week - weeksAgo)) / week : 1;
  const reach = depth < 0.2 ? 0.25 : 0.7 + 0.6 * depth;
  const sway = 1 + 0.18 * Math.sin(weeksAgo / 1.3 + 9 * depth + index);
  const activeUsers = Math.max(1, Math.round(people * habit.users * reach * begun));
  return [
    {
      feature: habit.feature,
      uses: Math.max(1, Math.round(activeUsers * habit.uses * sway)),
      activeUsers,
      limitHits: 0,
    },
  ];
}

/** 0–1, the same for the same account and number, without a turn of the portfolio's random numbers. */
function scatter(variant: number, number: number): number {
  const wave = Math.sin(variant * 12_989.8 + number * 78.233) * 43_758.5453;
  return wave - Math.floor(wave);
}

function ownedFeatures(account: SampleAccount): string[] {
  const owned = new Set([...account.modules, ...account.integrations]);
  const features = SAMPLE_CATALOGUE.filter((item) => owned.has(item.id)).flatMap((item) => item.features.slice(0, 1));
  // A feature that two items have in common would speak for the one that is not owned.
  const wanted = new Set(account.wanted?.features);
  return [...new Set(features)].filter((feature) => !wanted.has(feature)).slice(0, 2);
}

/** Tried some four months ago, used more every week since, and lately stopped by the plan's limit. */
function wantedUse(account: SampleAccount, weeksAgo: number, seatsActive: number, sway: number): WeekUse[] {
  if (!account.wanted) return [];
  const startWeeks = 15 + Math.round(6 * account.variant);
  if (weeksAgo > startWeeks) return [];
  const grown = 1 - weeksAgo / (startWeeks + 1);
  const scale = account.wanted.id === 'api-plan' ? 900 : 1;
  const limited = account.wanted.type === 'module' && weeksAgo < 7;
  return account.wanted.features.map((feature, index) => {
    const activeUsers = Math.min(Math.max(1, Math.round(seatsActive * 0.06 * grown)), 40);
    return {
      feature,
      uses: Math.round((4 + (8 + 22 * account.variant) * grown) * scale * sway * (index === 0 ? 1 : 0.5)),
      activeUsers,
      limitHits: limited && index === 0 ? Math.round((7 - weeksAgo) * (0.5 + account.variant)) : 0,
    };
  });
}
