import type { Confidence, Money, OpportunityStatus, OpportunityType } from './expansion';
import { formatCount, formatMoney, formatNumber, formatPercent, parseUtcDay } from './format';
import { checkGates, type GateCheck, holding } from './gates';
import type { AdoptionSection } from './qbr-adoption';
import { byRules, type ReviewFacts, type ReviewFrame, type ReviewOpportunity, type ReviewText } from './qbr-facts';
import { dayInWords, type HealthSection, inText } from './qbr-health';
import type { ImpactSection } from './qbr-impact';

/** Room to grow, what became of earlier findings, and what to do next; as of the day the review was made. */
export interface NextSection {
  summary: ReviewText;
  opportunities: {
    id: string;
    type: OpportunityType;
    title: string;
    why: string;
    status: OpportunityStatus;
    confidence: Confidence;
    /** A year; null is shown as `TBD`. */
    impact: Money | null;
  }[];
  moreOpportunities: number;
  /** What all open ones are worth together, by currency, as far as it is known. */
  openImpact: Money[];
  /** What was handed to sales in the period. */
  dispatched: { title: string; impact: Money | null; state: string; on: string }[];
  moreDispatched: number;
  /** What was won or lost in the period. */
  settled: { title: string; impact: Money | null; outcome: 'won' | 'lost'; on: string }[];
  gates: GateCheck[];
  renewalDate: string | null;
  daysToRenewal: number | null;
  steps: { text: string; because: string }[];
}

interface Sections {
  health: HealthSection;
  impact: ImpactSection;
  adoption: AdoptionSection;
}

const MOST_OPPORTUNITIES = 8;
const MOST_DISPATCHED = 8;
const MOST_SETTLED = 8;
const MOST_STEPS = 6;
const RANK: Readonly<Record<Confidence, number>> = { low: 1, medium: 2, high: 3 };

export function reviewNext(facts: ReviewFacts, sections: Sections, frame: ReviewFrame): NextSection {
  const open = facts.opportunities.filter(({ status }) => status !== 'won' && status !== 'lost').sort(surestFirst);
  const settled = facts.opportunities.filter(({ status }) => status === 'won' || status === 'lost');
  const gates = checkGates(facts.gates, frame.gates, frame.now);
  const today = frame.day(frame.now);
  const renewal = facts.account.renewalDate === null ? null : parseUtcDay(facts.account.renewalDate);
  const daysToRenewal = renewal === null ? null : renewal - (parseUtcDay(today) ?? renewal);
  const openImpact = sumByCurrency(open);
  const known = { facts, sections, frame, open, gates, daysToRenewal };
  const steps = playbook(known).slice(0, MOST_STEPS);
  return {
    summary: summarize({ ...known, openImpact, settled }),
    opportunities: open.slice(0, MOST_OPPORTUNITIES).map(({ id, type, title, why, status, confidence, impact }) => ({
      id,
      type,
      title,
      why,
      status,
      confidence,
      impact,
    })),
    moreOpportunities: Math.max(0, open.length - MOST_OPPORTUNITIES),
    openImpact,
    dispatched: facts.dispatches
      .slice(0, MOST_DISPATCHED)
      .map(({ title, impact, state, at }) => ({ title, impact, state, on: frame.day(at) })),
    moreDispatched: Math.max(0, facts.dispatches.length - MOST_DISPATCHED),
    settled: settled.slice(0, MOST_SETTLED).map(({ title, impact, status, changedAt }) => ({
      title,
      impact,
      outcome: status === 'won' ? 'won' : 'lost',
      on: frame.day(changedAt),
    })),
    gates,
    renewalDate: facts.account.renewalDate,
    daysToRenewal,
    steps,
  };
}

function surestFirst(a: ReviewOpportunity, b: ReviewOpportunity): number {
  return (
    RANK[b.confidence] - RANK[a.confidence] ||
    (b.impact?.amountCents ?? -1) - (a.impact?.amountCents ?? -1) ||
    (a.id < b.id ? -1 : 1)
  );
}

function sumByCurrency(opportunities: readonly ReviewOpportunity[]): Money[] {
  const sums = new Map<string, number>();
  for (const { impact } of opportunities) {
    if (impact) sums.set(impact.currency, (sums.get(impact.currency) ?? 0) + impact.amountCents);
  }
  return [...sums]
    .map(([currency, amountCents]) => ({ currency, amountCents }))
    .sort((a, b) => b.amountCents - a.amountCents || (a.currency < b.currency ? -1 : 1));
}

interface Known {
  facts: ReviewFacts;
  sections: Sections;
  frame: ReviewFrame;
  open: readonly ReviewOpportunity[];
  gates: readonly GateCheck[];
  daysToRenewal: number | null;
}

function summarize(known: Known & { openImpact: Money[]; settled: readonly ReviewOpportunity[] }): ReviewText {
  const { facts, frame, open, gates, daysToRenewal, openImpact, settled } = known;
  const worth = openImpact.map(formatMoney).join(' + ');
  const untold = open.filter(({ impact }) => impact === null).length;
  const room =
    open.length === 0
      ? 'No opportunity is open.'
      : `${formatCount(open.length, 'opportunity is', 'opportunities are')} open${worth === '' ? '' : `, worth ${worth} a year`}${untold === 0 ? '' : ` (${untold === open.length ? 'value' : `${formatNumber(untold)} of them`} TBD)`}.`;
  const won = settled.filter(({ status }) => status === 'won');
  const wonWorth = sumByCurrency(won).map(formatMoney).join(' + ');
  const held = holding(gates);
  const { churnRisk } = known.sections.health;
  return byRules([
    room,
    facts.dispatches.length === 0
      ? null
      : `${formatCount(facts.dispatches.length, 'was', 'were')} handed to sales in ${inText(frame)}.`,
    won.length === 0
      ? null
      : `Won: ${won.map(({ title }) => title).join(', ')}${wonWorth === '' ? '' : ` (${wonWorth})`}.`,
    held.length === 0 ? null : `Selling is held for now: ${held.map(({ message }) => lowerFirst(message)).join('; ')}.`,
    churnRisk === null ? null : `Churn risk is ${churnRisk}.`,
    renewalSentence(facts.account.renewalDate, daysToRenewal),
  ]);
}

function renewalSentence(renewalDate: string | null, days: number | null): string {
  if (renewalDate === null || days === null) return 'The renewal date is not known.';
  if (days < 0) return `The contract ended on ${dayInWords(renewalDate)}, ${formatCount(-days, 'day')} ago.`;
  return `The contract ends on ${dayInWords(renewalDate)}, ${days === 0 ? 'today' : `in ${formatCount(days, 'day')}`}.`;
}

/**
 * What a customer-success manager does next, most pressing first: first what keeps the customer, then what makes the
 * product worth more to them, then what grows the contract.
 */
function playbook(known: Known): NextSection['steps'] {
  const { facts, sections, frame, gates, daysToRenewal: days } = known;
  const { health, impact, adoption } = sections;
  const last = facts.observations.at(-1);
  const steps: NextSection['steps'] = [];
  const add = (text: string, because: string) => steps.push({ text, because });
  const risk = health.churnRisk;

  if (health.last?.rag === 'RED' || risk === 'high' || risk === 'critical') {
    add(
      'Agree a recovery plan with their sponsor: one owner, one date and one measure for each cause of the low score.',
      `Health is ${health.last?.rag.toLowerCase() ?? 'not known'} and churn risk ${risk ?? 'not known'}.`,
    );
  }
  if (last?.escalationCount90Days) {
    add(
      'Close the escalations with support before anything is offered, and tell the customer how each one ended.',
      `${formatCount(last.escalationCount90Days, 'escalation')} in the last 90 days.`,
    );
  }
  if (last?.invoicePaymentStatus && last.invoicePaymentStatus !== 'current') {
    add('Clear the overdue invoice with their finance contact.', `${gateMessage(gates, 'invoice_overdue')}.`);
  }
  if (days !== null && days <= 90) {
    add(
      days < 0
        ? 'Find out whether the contract was renewed, and correct its date.'
        : 'Open the renewal talk: confirm decision maker, budget and date.',
      renewalSentence(facts.account.renewalDate, days),
    );
  }
  if (gates.some(({ code, passed }) => code === 'stale_signals' && !passed)) {
    add('Import fresh signals before the meeting.', `${gateMessage(gates, 'stale_signals')}.`);
  }
  if (last?.usageTrend === 'declining' || last?.usageTrend === 'inactive') {
    add('Ask what changed in how they work, and who stopped using the product.', `Usage is ${last.usageTrend}.`);
  }
  if (impact.seats && impact.seats.active / impact.seats.purchased < 0.5) {
    const idle = impact.seats.purchased - impact.seats.active;
    add(
      'Offer onboarding to the teams whose seats are idle.',
      `${formatNumber(idle)} of ${formatNumber(impact.seats.purchased)} seats are bought and not used.`,
    );
  }
  for (const { feature, text } of adoption.recommendations.slice(0, 2)) add(`Show them ${feature}.`, text);
  if (typeof last?.npsScore === 'number' && last.npsScore <= 6) {
    add(
      'Call whoever gave the NPS answer, and ask for one thing to mend.',
      `NPS is ${formatNumber(last.npsScore)} of 10.`,
    );
  }
  const [best] = known.open;
  if (best) add(...opportunityStep(best, gates));
  if (days !== null && days > 90 && days <= 180) {
    add(
      'Plan the renewal: who decides, what they will ask, what we want.',
      renewalSentence(facts.account.renewalDate, days),
    );
  }
  if (typeof last?.npsScore === 'number' && last.npsScore >= 9 && health.last?.rag === 'GREEN') {
    add('Ask for a reference or a case study.', `NPS is ${formatNumber(last.npsScore)} of 10 and health is green.`);
  }
  if (facts.account.renewalDate === null) add('Find out when the contract renews.', 'The renewal date is not known.');
  if (impact.arr === null) add('Add what the contract is worth.', 'The ARR is not known.');
  if (last === undefined) add('Connect or import the signals of this account.', 'Nothing has been reported about it.');
  if (steps.length === 0) {
    add(
      'Agree the goals of the next quarter, and how both sides will tell that they are met.',
      `Nothing is wrong${adoption.adoptionRate === null ? '' : ` and ${formatPercent(adoption.adoptionRate)} of the features are in use`} at the end of ${inText(frame)}.`,
    );
  }
  return steps;
}

function opportunityStep(best: ReviewOpportunity, gates: readonly GateCheck[]): [text: string, because: string] {
  const worth = best.impact === null ? 'TBD' : `${formatMoney(best.impact)} a year`;
  const because = `${best.title}: ${worth}, confidence ${best.confidence}${best.why === '' ? '' : `; ${best.why}`}.`;
  const held = gates.find((gate) => !gate.passed);
  if (held) return [`Wait with ${best.title} until the gate is gone: ${lowerFirst(held.message)}.`, because];
  if (best.status === 'drafted' || best.status === 'accepted')
    return [`Agree with sales who raises ${best.title}, and when.`, because];
  return [`Raise ${best.title} in the meeting, or dispatch it to sales.`, because];
}

function gateMessage(gates: readonly GateCheck[], code: GateCheck['code']): string {
  return gates.find((gate) => gate.code === code)?.message ?? 'A gate holds';
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
