import { type SampleAccount, weekOf } from './account';
import { SAMPLE_CATALOGUE } from './catalogue';

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
  return [...usual, ...wantedUse(account, weeksAgo, seatsActive, sway)];
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
