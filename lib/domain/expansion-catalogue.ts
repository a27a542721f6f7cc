import type {
  AccountFacts,
  CatalogueFacts,
  Confidence,
  Evidence,
  ExpansionPolicy,
  OpportunityCandidate,
} from './expansion';
import { formatCount, formatInstant, formatMoney, formatNumber } from './format';

const DAY_MS = 86_400_000;

/** A catalogue entry with its names folded once, for all the accounts of a scan. */
export interface PreparedEntry {
  entry: CatalogueFacts[number];
  /** What an account that has it may call it: id and name, the name with and without «module» or «integration». */
  aliases: ReadonlySet<string>;
  /** Folded feature name → as the catalogue writes it. */
  features: ReadonlyMap<string, string>;
  plans: ReadonlySet<string>;
  techs: ReadonlySet<string>;
}

/** How much one account used one feature within the policy's window. */
export interface FeatureUse {
  uses: number;
  limitHits: number;
  activeUsers: number | null;
  /** Uses by week, counted back from `now`. */
  weeks: number[];
  observedAt: Date;
}

/** The catalogue with folded names; the same array is prepared once, so treat a catalogue as immutable. */
export function prepareCatalogue(catalogue: CatalogueFacts): readonly PreparedEntry[] {
  const known = prepared.get(catalogue);
  if (known !== undefined) return known;
  const entries = catalogue.map((entry) => ({
    entry,
    aliases: aliasesOf(entry),
    features: new Map(entry.signalFeatures.map((feature) => [foldName(feature), feature.trim()])),
    plans: new Set(entry.eligiblePlans.map(foldName)),
    techs: new Set(entry.techNames.map(foldName)),
  }));
  prepared.set(catalogue, entries);
  return entries;
}

/** Feature use of the last `usageWindowDays` by folded feature name; later periods than `now` do not count. */
export function recentUse(account: AccountFacts, policy: ExpansionPolicy, now: Date): ReadonlyMap<string, FeatureUse> {
  if (account.usage.length === 0) return NO_USE;
  const byFeature = new Map<string, FeatureUse>();
  for (const row of account.usage) {
    const age = (now.getTime() - row.observedAt.getTime()) / DAY_MS;
    if (!(age >= 0 && age < policy.usageWindowDays)) continue;
    const feature = foldName(row.feature);
    let use = byFeature.get(feature);
    if (use === undefined) {
      use = {
        uses: 0,
        limitHits: 0,
        activeUsers: null,
        weeks: new Array(weeksOf(policy)).fill(0),
        observedAt: row.observedAt,
      };
      byFeature.set(feature, use);
    }
    const week = Math.floor(age / 7);
    use.uses += row.uses;
    use.limitHits += row.limitHits;
    use.weeks[week] = (use.weeks[week] ?? 0) + row.uses;
    if (row.activeUsers !== null) use.activeUsers = Math.max(use.activeUsers ?? 0, row.activeUsers);
    if (row.observedAt > use.observedAt) use.observedAt = row.observedAt;
  }
  return byFeature;
}

/** A module that the account does not own, may buy on its plan, and shows the need for; null where it does not. */
export function findModule(
  account: AccountFacts,
  item: PreparedEntry,
  use: ReadonlyMap<string, FeatureUse>,
  policy: ExpansionPolicy,
): OpportunityCandidate | null {
  if (has(account.modules, item.aliases) || !eligible(account, item)) return null;
  const need = needShown(item, use, policy);
  if (!need.shown) return null;

  const title = withNoun(item.entry.name, 'module');
  const price = priceOf(item);
  const lead = need.used[0];
  const trend = trendEvidence(account);
  return {
    type: 'module',
    subject: item.entry.id,
    title,
    headline: `${account.name} shows the need for the ${title}`,
    why: [
      ...need.used.slice(0, 2).map((used) => useInWords(used, policy)),
      ...(trend === null ? [] : [`usage ${account.usageTrend}`]),
    ].join(', '),
    confidence: moduleConfidence(account, need),
    impact: price.impact,
    evidence: [
      ...need.used.flatMap((used) => useEvidence(used, policy)),
      ...(trend === null ? [] : [trend]),
      ...planEvidence(account, item),
      ...benefitEvidence(account, item),
    ],
    calculation: price.calculation,
    talkTrack: [
      `Start from what ${account.name} already does: ${lead === undefined ? '' : useInWords(lead, policy)}.`,
      benefitOf(item, `The ${title} is made for exactly that.`),
      'Ask what that work costs them today, and offer to show it on their own data.',
    ].join(' '),
  };
}

/** A product in the account's tech stack that the catalogue connects to and the account has not connected; else null. */
export function findIntegration(
  account: AccountFacts,
  item: PreparedEntry,
  use: ReadonlyMap<string, FeatureUse>,
  policy: ExpansionPolicy,
): OpportunityCandidate | null {
  if (account.techStack.length === 0 || item.techs.size === 0) return null;
  const product = account.techStack.find((name) => item.techs.has(foldName(name)))?.trim();
  if (product === undefined) return null;
  if (has(account.integrations, item.aliases) || has(account.integrations, new Set([foldName(product)]))) return null;
  if (!eligible(account, item)) return null;

  const need = needShown(item, use, policy);
  const used = need.shown ? need.used : [];
  const title = withNoun(item.entry.name, 'integration');
  const price = priceOf(item);
  const observedAt = formatInstant(account.observedAt);
  const lead = used[0];
  return {
    type: 'integration',
    subject: item.entry.id,
    title,
    headline: `${account.name} uses ${product} without the ${title}`,
    why: [
      `Uses ${product} (tech stack), not connected`,
      ...(lead === undefined ? [] : [useInWords(lead, policy)]),
    ].join(', '),
    confidence: integrationConfidence(account, need.shown),
    impact: price.impact,
    evidence: [
      {
        signal: 'techStack',
        statement: `${product} is in the tech stack`,
        value: product,
        source: 'Account profile',
        observedAt,
        note: null,
      },
      {
        signal: 'integrations',
        statement: `${title} is not connected`,
        value: 'not connected',
        source: 'Account profile',
        observedAt,
        note: null,
      },
      ...used.flatMap((feature) => useEvidence(feature, policy)),
      ...planEvidence(account, item),
      ...benefitEvidence(account, item),
    ],
    calculation: price.calculation,
    talkTrack: [
      lead === undefined
        ? `${account.name} works with ${product}, and the two products do not talk to each other yet.`
        : `${account.name} works with ${product} and gets by without the connection: ${useInWords(lead, policy)}.`,
      benefitOf(item, `The ${title} would connect the two.`),
      'Ask who looks after that work today, and offer to set it up together.',
    ].join(' '),
  };
}

/** Evidence that usage grows or is stable; null where it does not or nobody knows. */
export function trendEvidence(account: AccountFacts): Evidence | null {
  const trend = account.usageTrend;
  if (trend !== 'growing' && trend !== 'stable') return null;
  return {
    signal: 'usageTrend',
    statement: `Usage is ${trend}`,
    value: trend,
    source: 'Product usage',
    observedAt: formatInstant(account.observedAt),
    note: null,
  };
}

/** Evidence for one feature in use: its uses, and the limits it ran into. */
export function useEvidence({ feature, use }: UsedFeature, policy: ExpansionPolicy): Evidence[] {
  const observedAt = formatInstant(use.observedAt);
  const evidence: Evidence[] = [];
  if (use.uses > 0) {
    const weeks = use.weeks.filter((uses) => uses > 0).length;
    evidence.push({
      signal: `featureUsage.${feature}`,
      statement: `${feature} used ${formatCount(use.uses, 'time')} in ${policy.usageWindowDays} days`,
      value: formatNumber(use.uses),
      source: 'Product usage',
      observedAt,
      note: [
        `in ${weeks} of ${use.weeks.length} weeks`,
        ...(use.activeUsers === null || use.activeUsers === 0
          ? []
          : [`up to ${formatCount(use.activeUsers, 'person', 'people')}`]),
      ].join(', '),
    });
  }
  if (use.limitHits > 0) {
    evidence.push({
      signal: `featureUsage.${feature}.limitHits`,
      statement: `${feature}: plan limit reached ${formatCount(use.limitHits, 'time')} in ${policy.usageWindowDays} days`,
      value: formatNumber(use.limitHits),
      source: 'Product usage',
      observedAt,
      note: null,
    });
  }
  return evidence;
}

/** One of an entry's signal features that the account used, under the catalogue's own name. */
export interface UsedFeature {
  feature: string;
  use: FeatureUse;
}

/** The signal features of an entry that the account used or hit limits on, strongest first. */
export function usedFeatures(item: PreparedEntry, use: ReadonlyMap<string, FeatureUse>): UsedFeature[] {
  const used: UsedFeature[] = [];
  if (use.size === 0) return used;
  for (const [folded, feature] of item.features) {
    const found = use.get(folded);
    if (found !== undefined && (found.uses > 0 || found.limitHits > 0)) used.push({ feature, use: found });
  }
  return used.sort((a, b) => b.use.limitHits - a.use.limitHits || b.use.uses - a.use.uses);
}

interface Need {
  shown: boolean;
  used: UsedFeature[];
  /** Limits were hit, or use was sufficient in enough weeks. */
  persistent: boolean;
}

/** A week counts once it has its share of the uses that the whole window needs. */
function needShown(item: PreparedEntry, use: ReadonlyMap<string, FeatureUse>, policy: ExpansionPolicy): Need {
  const used = usedFeatures(item, use);
  if (used.length === 0) return NO_NEED;
  const weekly: number[] = new Array(weeksOf(policy)).fill(0);
  let uses = 0;
  let limitHits = 0;
  for (const feature of used) {
    uses += feature.use.uses;
    limitHits += feature.use.limitHits;
    for (let week = 0; week < weekly.length; week++)
      weekly[week] = (weekly[week] ?? 0) + (feature.use.weeks[week] ?? 0);
  }
  const share = Math.max(1, policy.minUses / weekly.length);
  const weeks = weekly.filter((count) => count >= share).length;
  return {
    shown: uses >= policy.minUses || limitHits > 0,
    used,
    persistent: limitHits > 0 || weeks >= policy.minWeeks,
  };
}

function moduleConfidence(account: AccountFacts, need: Need): Confidence {
  switch (account.usageTrend) {
    case 'inactive':
      return 'low';
    case 'declining':
      return need.persistent ? 'medium' : 'low';
    case null:
      return 'medium';
    default:
      return need.persistent ? 'high' : 'medium';
  }
}

function integrationConfidence(account: AccountFacts, used: boolean): Confidence {
  if (account.usageTrend === 'declining' || account.usageTrend === 'inactive') return 'low';
  return used ? 'high' : 'medium';
}

function useInWords({ feature, use }: UsedFeature, policy: ExpansionPolicy): string {
  const window = `in ${policy.usageWindowDays} days`;
  return use.limitHits > 0
    ? `${feature} at the plan limit ${formatCount(use.limitHits, 'time')} ${window}`
    : `${feature} used ${formatCount(use.uses, 'time')} ${window}`;
}

function planEvidence(account: AccountFacts, item: PreparedEntry): Evidence[] {
  if (item.plans.size === 0 || account.plan === null) return [];
  return [
    {
      signal: 'plan',
      statement: `${item.entry.name} is sold to the account's plan`,
      value: account.plan,
      source: 'Contract',
      observedAt: formatInstant(account.observedAt),
      note: null,
    },
  ];
}

/** The catalogue price, in its own currency: an exchange rate would be a number without evidence. */
function priceOf({ entry }: PreparedEntry): Pick<OpportunityCandidate, 'impact' | 'calculation'> {
  if (entry.priceCents === null) return { impact: null, calculation: [] };
  const impact = { amountCents: entry.priceCents, currency: entry.currency };
  return { impact, calculation: [`${entry.name}: ${formatMoney(impact)} a year (catalogue)`] };
}

/** Whether the entry is sold to the account's plan; an unknown plan is eligible only where every plan is. */
export function eligible(account: AccountFacts, item: PreparedEntry): boolean {
  return item.plans.size === 0 || (account.plan !== null && item.plans.has(foldName(account.plan)));
}

/** Whether a list of owned things names the entry, under any of its names. */
export function hasItem(owned: readonly string[], item: PreparedEntry): boolean {
  return has(owned, item.aliases);
}

function has(owned: readonly string[], names: ReadonlySet<string>): boolean {
  for (const name of owned) if (names.has(foldName(name))) return true;
  return false;
}

function aliasesOf({ id, name, type }: CatalogueFacts[number]): ReadonlySet<string> {
  const folded = foldName(name);
  const bare = folded.endsWith(` ${type}`) ? folded.slice(0, -type.length - 1) : folded;
  return new Set([foldName(id), folded, bare, `${bare} ${type}`]);
}

/** «Forecasting» → «Forecasting module», «Forecasting module» as it is. */
function withNoun(name: string, noun: string): string {
  return foldName(name).endsWith(noun) ? name : `${name} ${noun}`;
}

/** A benefit that names figures is evidence itself: the talk track quotes it. */
export function benefitEvidence(account: AccountFacts, { entry }: PreparedEntry): Evidence[] {
  if (entry.benefit === null || !/\d/.test(entry.benefit)) return [];
  return [
    {
      signal: `catalogue.${entry.id}`,
      statement: entry.benefit.trim(),
      value: entry.name,
      source: 'Catalogue',
      observedAt: formatInstant(account.observedAt),
      note: null,
    },
  ];
}

/** The benefit as a sentence. */
export function benefitOf({ entry }: PreparedEntry, otherwise: string): string {
  const benefit = entry.benefit?.trim() ?? '';
  if (benefit === '') return otherwise;
  return /[.!?…]$/.test(benefit) ? benefit : `${benefit}.`;
}

function weeksOf(policy: ExpansionPolicy): number {
  return Math.max(1, Math.ceil(policy.usageWindowDays / 7));
}

/** Names that differ in case or in spaces around them are one. */
export function foldName(name: string): string {
  return name.trim().toLowerCase();
}

const NO_USE: ReadonlyMap<string, FeatureUse> = new Map();
const NO_NEED: Need = { shown: false, used: [], persistent: false };
const prepared = new WeakMap<CatalogueFacts, readonly PreparedEntry[]>();
