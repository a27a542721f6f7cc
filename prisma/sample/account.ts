import { itemsOf, OTHER_TECH, type SampleItem } from './catalogue';
import { CSMS, REPS } from './names';
import type { Random } from './random';
import { STORIES, type Story, type StoryKey, type WeekSignals } from './stories';

const DAY_MS = 86_400_000;
const ESTABLISHED_DAYS: [number, number] = [400, 1_900];
const RENEWAL_DAYS: [number, number] = [66, 352];

export interface SampleAccount {
  id: string;
  name: string;
  domain: string;
  story: StoryKey;
  status: 'active' | 'onboarding';
  segment: 'SMB' | 'mid-market' | 'enterprise';
  plan: 'starter' | 'growth' | 'enterprise';
  currency: string;
  /** A year's contract in whole units of its currency. */
  arr: number;
  seats: number;
  csm: string;
  rep: string;
  /** `YYYY-MM-DD`. */
  contractStart: string;
  /** The renewal date as it stood at that time. */
  renewalAt(time: Date): string;
  modules: string[];
  integrations: string[];
  techStack: string[];
  /** What the account would buy next, where the story is about that. */
  wanted: SampleItem | null;
  lastSeenWeeksAgo: number;
  customerDays: number;
  /** Days before the newest snapshot at which somebody spoke with the customer, newest first. */
  touchpoints: number[];
  usual: WeekSignals;
  /** 0–1: tells accounts of one story apart. */
  variant: number;
}

const SEGMENTS = {
  SMB: { seats: [12, 60], plans: ['starter', 'starter', 'growth'] },
  'mid-market': { seats: [60, 380], plans: ['growth', 'growth', 'enterprise'] },
  enterprise: { seats: [300, 2_200], plans: ['enterprise'] },
} as const;

const SEAT_PRICE = { starter: [190, 260], growth: [300, 420], enterprise: [420, 640] } as const;

export function createAccount(index: number, name: string, key: StoryKey, newest: Date, random: Random): SampleAccount {
  const story: Story = STORIES[key];
  const segment = random.pick(['SMB', 'SMB', 'mid-market', 'mid-market', 'mid-market', 'enterprise'] as const);
  const plan = story.plan ?? random.pick(SEGMENTS[segment].plans);
  const [fewestSeats, mostSeats] = SEGMENTS[segment].seats;
  const seats = random.whole(fewestSeats, mostSeats);
  const [lowestPrice, highestPrice] = SEAT_PRICE[plan];
  const volume = seats > 1_000 ? 0.7 : seats > 300 ? 0.85 : 1;
  const customerDays = random.whole(...(story.customerDays ?? ESTABLISHED_DAYS));
  const renewalDays = story.customerDays ? 365 - customerDays : random.whole(...(story.renewalDays ?? RENEWAL_DAYS));
  const contract = contractDates(newest, customerDays, renewalDays, story.customerDays !== undefined);
  const products = chooseProducts(story, plan, random);
  return {
    id: `AC-${1001 + index}`,
    name,
    domain: `${name.toLowerCase().replace(/[^a-z]+/g, '-')}.example`,
    story: key,
    status: story.customerDays ? 'onboarding' : 'active',
    segment,
    plan,
    currency: random.pick(['USD', 'USD', 'USD', 'USD', 'USD', 'USD', 'USD', 'EUR', 'EUR', 'GBP']),
    arr: Math.round((seats * random.between(lowestPrice, highestPrice) * volume) / 100) * 100,
    seats,
    csm: random.pick(CSMS),
    rep: random.pick(REPS),
    ...contract,
    ...products,
    lastSeenWeeksAgo: story.lastSeenWeeksAgo ?? 0,
    customerDays,
    touchpoints: chooseTouchpoints(story, customerDays, random),
    usual: usualSignals(random),
    variant: random.next(),
  };
}

/** What the account shows that week: its usual self, changed by its story, with a little sway. */
export function weekOf(account: SampleAccount, weeksAgo: number): WeekSignals & { seatsActive: number } {
  const sway = Math.sin(weeksAgo / 2.3 + account.variant * 40);
  const usual = { ...account.usual, adoption: account.usual.adoption + 0.02 * sway };
  const story: Story = STORIES[account.story];
  const told = story.signals({ weeksAgo, variant: account.variant, usual });
  const signals = { ...usual, ...told };
  // Whoever is not short of seats stays clear of the line where more would be suggested.
  const share = told.utilisation ?? Math.min(signals.utilisation + 0.02 * sway, 0.78);
  return {
    ...signals,
    seatsActive: Math.floor(share * account.seats),
    adoption: Math.min(Math.max(signals.adoption, 0), 1),
  };
}

export function touchpointBefore(account: SampleAccount, time: Date, newest: Date): Date | null {
  const days = (newest.getTime() - time.getTime()) / DAY_MS;
  const touchpoint = account.touchpoints.find((each) => each >= days);
  // Calls are in the afternoon.
  return touchpoint === undefined ? null : new Date(newest.getTime() - touchpoint * DAY_MS - 15 * 3_600_000);
}

function contractDates(newest: Date, customerDays: number, renewalDays: number, isNew: boolean) {
  const renewal = addDays(newest, renewalDays);
  // One-year terms: the contract began on the renewal's own day, some years earlier.
  const years = isNew ? 1 : 1 + Math.floor(customerDays / 365);
  const start = isNew ? addDays(newest, -customerDays) : addYears(renewal, -years);
  const renewalAt = (time: Date) => {
    let date = renewal;
    while (!isNew && addYears(date, -1) > time) date = addYears(date, -1);
    return calendarDate(date);
  };
  return { contractStart: calendarDate(start), renewalAt };
}

function chooseProducts(story: Story, plan: SampleAccount['plan'], random: Random) {
  const sold = (item: SampleItem) => item.plans.length === 0 || item.plans.includes(plan);
  const modules = random.shuffle(itemsOf('module').filter(sold));
  const integrations = random.shuffle(itemsOf('integration').filter(sold));
  const wanted = chooseWanted(story, modules, integrations);
  const owned = modules.filter((item) => item !== wanted).slice(0, random.whole(0, plan === 'starter' ? 1 : 3));
  const connected = integrations.filter((item) => item !== wanted).slice(0, random.whole(1, 3));
  const other = random.shuffle(OTHER_TECH).slice(0, random.whole(1, 3));
  const works = wanted?.type === 'integration' ? [...connected, wanted] : connected;
  return {
    modules: owned.map((item) => item.id).sort(),
    integrations: connected.map((item) => item.id).sort(),
    techStack: [...works.map((item) => item.techNames[0] ?? item.name), ...other].sort(),
    wanted,
  };
}

function chooseWanted(story: Story, modules: SampleItem[], integrations: SampleItem[]): SampleItem | null {
  switch (story.wants) {
    case 'module':
      return modules.find((item) => item.id !== 'api-plan') ?? null;
    case 'api':
      return modules.find((item) => item.id === 'api-plan') ?? null;
    case 'integration':
      return integrations[0] ?? null;
    case undefined:
      return null;
  }
}

function chooseTouchpoints(story: Story, customerDays: number, random: Random): number[] {
  const cadence = random.between(9, 24);
  const silentDays = (story.silentWeeks ?? 0) * 7 + random.between(0.5, 6);
  const touchpoints: number[] = [];
  for (let day = silentDays; day < Math.min(customerDays, 330); day += cadence * random.between(0.6, 1.3)) {
    touchpoints.push(Math.round(day));
  }
  return touchpoints;
}

function usualSignals(random: Random): WeekSignals {
  return {
    utilisation: random.between(0.56, 0.75),
    adoption: random.between(0.68, 0.94),
    loginDays: random.whole(1, 5),
    trend: random.chance(0.25) ? 'growing' : 'stable',
    engagement: random.chance(0.6) ? 'high' : 'medium',
    nps: random.chance(0.2) ? null : random.whole(7, 10),
    invoice: random.chance(0.06) ? 'overdue_30' : 'current',
    openTickets: random.whole(0, 2),
    sentiment: random.chance(0.6) ? 'positive' : 'neutral',
    escalations: 0,
    tam: random.chance(0.4) ? null : 'GREEN',
    collections: random.chance(0.3) ? null : 'GREEN',
  };
}

function addDays(date: Date, days: number): Date {
  return new Date(date.getTime() + days * DAY_MS);
}

/** 29 February becomes the 28th, so that every year has the day. */
function addYears(date: Date, years: number): Date {
  const day = date.getUTCMonth() === 1 ? Math.min(date.getUTCDate(), 28) : date.getUTCDate();
  return new Date(Date.UTC(date.getUTCFullYear() + years, date.getUTCMonth(), day));
}

function calendarDate(date: Date): string {
  return date.toISOString().slice(0, 10);
}
