/** Words that a sentence may begin with although nobody said them: what is no name however it is capitalised. */
export const SENTENCE_STARTERS: ReadonlySet<string> = new Set(
  `a about above across add adding after all also although an and another any approach are around as ask asking at
  because before begin behind being below beside besides between beyond both bring build building but by can check
  choose clearly close come compare confirm congratulate connect consider could cover currently decide describe despite
  discuss do does during each either emphasise emphasize encourage ensure even every everyone everybody explain explore
  finally find finish focus follow following for from gather get getting give given giving go going good great greet
  grow had has have having he help helping her here highlight his how however i if in indeed instead introduce invite
  is it its just keep keeping know lead learn let letting like listen look looking lots make making many maybe mention
  might more moreover most much move naturally nearly need note now of offer offering often on one only open opening or
  other our out outline over pair perhaps pick plan please point position present propose provide put raise rather reach
  ready recommend refer reference remember remind right say see seeing set share she should show showing similarly since
  so some soon speak start starting state stress such suggest summarise summarize support take talk tell that the their
  them then there these they this those though through to together try turn under understand until up use using usually
  want we welcome well what when where whether which while who whose why wish with within work working worth would yes yet
  you your`.split(/\s+/),
);

/** Words that say something on their own, and therefore need to have been said: which kind of claim each is. */
const CLAIMS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // One word of the group in the sources allows the others: «growing» and «growth» say the same.
    rising: `grow grows grew growing grown growth increase increases increased increasing rise rises rising rose surge surged
      surging climb climbs climbing soar soaring accelerate accelerating up-trend uptick doubling`,
    falling: `decline declines declined declining decrease decreases decreased decreasing drop drops dropped dropping fall
      falls falling fell shrink shrinks shrinking slump slowing slowed worsening deteriorating downturn`,
    steady: 'stable steady flat unchanged constant plateau plateaued',
    negation: `no not never none nobody nothing neither nor without cannot can't don't doesn't didn't won't wouldn't isn't
      aren't wasn't weren't hasn't haven't shouldn't`,
    risk: 'churn churning cancel cancels cancelled cancelling cancellation terminate termination leaving',
  }).flatMap(([claim, words]) => words.split(/\s+/).map((word) => [word, claim] as const)),
);

/** Each of these needs itself: what a vendor would be held to, and when something is to happen. */
const NEEDS_ITSELF = new Set(
  `discount discounts discounted discounting free freely refund refunds refunded guarantee guarantees guaranteed trial trials
  waive waived waives rebate rebates complimentary unlimited bonus promise promises promised voucher vouchers coupon coupons
  penalty penalties cheapest gratis lawsuit compensation
  tomorrow yesterday today tonight asap immediately urgently urgent deadline expire expires expired expiry
  january february april june july august september october november december
  mondays tuesdays wednesdays thursdays fridays monday tuesday wednesday thursday friday saturday sunday`.split(/\s+/),
);

/** Of these the facts, which others write, are not enough: the desk itself must have said it. */
const NEEDS_THE_DESK = new Set(
  `ignore ignores ignored disregard instruction instructions prompt prompts password passwords credential credentials token
  tokens bank iban swift wire wired bitcoin crypto click download downloads attachment attachments url urls website websites
  webpage link links hyperlink email emails e-mail mailto inbox forward forwarded forwards bcc cc recipient recipients
  jailbreak override overrides bypass assistant chatbot ai llm gpt json html markdown http https www`.split(/\s+/),
);

const NEAR_TIME = /\b(next|last|this|coming|previous|past)\s+(day|week|weekend|month|quarter|year)s?\b/gi;

/** A word that claims something which nobody said; null where there is none. */
export function findClaim(text: string, base: string, facts: string): string | null {
  const said = new Set(wordsOf(`${base}\n${facts}`));
  const saidByDesk = new Set(wordsOf(base));
  const claimed = new Set([...said].flatMap((word) => CLAIMS.get(word) ?? []));
  for (const word of wordsOf(text)) {
    const claim = CLAIMS.get(word);
    if (claim !== undefined && !claimed.has(claim)) return word;
    if (NEEDS_ITSELF.has(word) && !said.has(word)) return word;
    if (NEEDS_THE_DESK.has(word) && !saidByDesk.has(word)) return word;
  }
  const times = new Set([...`${base}\n${facts}`.matchAll(NEAR_TIME)].map(([time]) => folded(time)));
  for (const [time] of text.matchAll(NEAR_TIME)) if (!times.has(folded(time))) return time;
  return null;
}

/** How much of what the text speaks of the sources speak of too: 0 to 1. Where there is little to speak of, all of it. */
export function overlap(text: string, sources: string): number {
  const known = contentOf(sources);
  const content = contentOf(text);
  if (content.size < FEW_WORDS) return known.size < 2 * FEW_WORDS ? 1 : 0.5;
  return [...content].filter((word) => known.has(word)).length / content.size;
}

/** With fewer words that say something, a text is about nothing in particular. */
const FEW_WORDS = 5;

function contentOf(text: string): Set<string> {
  const words = wordsOf(text).filter((word) => word.length > 3 && !SENTENCE_STARTERS.has(word));
  return new Set(words.map(stem));
}

/** Lower-cased words, with one kind of apostrophe. */
function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll('’', "'")
      .match(/\p{L}+(?:['-]\p{L}+)*/gu) ?? []
  );
}

/** «seat» and «seats», «connect» and «connecting»: good enough to see what a text is about. */
function stem(word: string): string {
  return word.slice(0, 5);
}

function folded(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ');
}
