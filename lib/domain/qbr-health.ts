import { decodeBreakdown } from './breakdown';
import { formatCount, formatDate, formatNumber } from './format';
import {
  type ChurnRiskLevel,
  describePart,
  PART_LABELS,
  partMaxPoints,
  SCORE_PARTS,
  type ScoreMovement,
  type ScoreSnapshot,
  whatMoved,
} from './health-score';
import { byRules, type ReviewFacts, type ReviewFrame, type ReviewText, type ScoreEntry } from './qbr-facts';
import { deriveSignals, type HealthSignals, type Rag } from './signals';

export interface HealthPoint {
  on: string;
  score: number;
  rag: Rag;
}

/** How healthy the account is, and what moved its score. Null where it had none. */
export interface HealthSection {
  summary: ReviewText;
  /** What stood when the period began, or the first score in it; and what stands at its end. */
  first: HealthPoint | null;
  last: HealthPoint | null;
  lowest: HealthPoint | null;
  highest: HealthPoint | null;
  churnRisk: ChurnRiskLevel | null;
  /** Each score from the day on which it began to hold. */
  history: HealthPoint[];
  /** Parts that changed between first and last, largest change first. */
  moved: {
    part: string;
    label: string;
    from: number;
    to: number;
    fromValue: string | null;
    toValue: string | null;
    /** The day since which it has been so. */
    since: string | null;
  }[];
  /** The parts of the last score. */
  parts: { part: string; label: string; points: number; maxPoints: number; value: string | null }[];
}

const MOST_MOVEMENTS = 6;
/** Points below which a change is not worth a line, and those below which it is not worth a word. */
const SMALLEST_LINE = 0.05;
const SMALLEST_WORD = 0.5;
/** More points than a plot can show apart. */
const MOST_POINTS = 120;

export function reviewHealth(facts: ReviewFacts, frame: ReviewFrame): HealthSection {
  const points = facts.history.map(
    (entry): HealthPoint => ({ on: dayOf(entry, frame), score: entry.score, rag: entry.rag }),
  );
  const [first = null] = points;
  const last = points.at(-1) ?? null;
  const firstEntry = facts.history[0];
  const lastEntry = facts.history.at(-1);
  if (!first || !last || !firstEntry || !lastEntry) {
    return {
      summary: byRules([
        `The account has no health score for ${frame.period.label}: its signals were missing or could not be used.`,
        'The first scan that can score it starts the line.',
      ]),
      ...{ first: null, last: null, lowest: null, highest: null, churnRisk: null, history: [], moved: [], parts: [] },
    };
  }
  const lowest = points.reduce((low, point) => (point.score < low.score ? point : low));
  const highest = points.reduce((high, point) => (point.score > high.score ? point : high));
  const after = snapshotOf(lastEntry, facts);
  const moved = whatMoved(snapshotOf(firstEntry, facts), after)
    .filter(({ from, to }) => Math.abs(to - from) >= SMALLEST_LINE)
    .slice(0, MOST_MOVEMENTS)
    .map((movement) => ({ ...movement, since: sinceWhen(movement, facts, frame) }));
  return {
    summary: summarize({ first, last, lowest, highest, moved, facts, frame }),
    first,
    last,
    lowest,
    highest,
    churnRisk: lastEntry.churnRisk,
    history: thinned(points),
    moved,
    parts: SCORE_PARTS.map((part) => ({
      part,
      label: PART_LABELS[part],
      points: after.breakdown[part],
      maxPoints: partMaxPoints(part, frame.scoring),
      value: after.signals === null ? null : describePart(part, after.signals),
    })),
  };
}

/** What stood before the period is shown at its first day. */
function dayOf(entry: ScoreEntry, frame: ReviewFrame): string {
  return entry.asOf < frame.from ? frame.period.from : frame.day(entry.asOf);
}

function snapshotOf(entry: ScoreEntry, facts: ReviewFacts): ScoreSnapshot {
  return { ...decodeBreakdown(entry.breakdown), signals: signalsOf(entry, facts) };
}

function signalsOf(entry: ScoreEntry, facts: ReviewFacts): HealthSignals | null {
  const observation = (facts.scored ?? facts.observations).find(({ snapshotId }) => snapshotId === entry.snapshotId);
  const derived = observation ? deriveSignals(observation, entry.asOf) : null;
  return derived?.ok ? derived.signals : null;
}

/** The day of the first score from which on the part had the points that it ended with. */
function sinceWhen({ part, to }: ScoreMovement, { history }: ReviewFacts, frame: ReviewFrame): string | null {
  if (part === 'collectionsRisk' || part === 'tamHealthRag') return null;
  let since: ScoreEntry | null = null;
  for (const entry of [...history].reverse()) {
    if (Math.abs(decodeBreakdown(entry.breakdown).breakdown[part] - to) > 1e-9) break;
    since = entry;
  }
  return since === null ? null : dayOf(since, frame);
}

/** Keeps ends, and evenly what is between; the extremes are told beside the plot. */
function thinned(points: HealthPoint[]): HealthPoint[] {
  if (points.length <= MOST_POINTS) return points;
  const step = (points.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, index) => points[Math.round(index * step)] as HealthPoint);
}

interface Summary {
  first: HealthPoint;
  last: HealthPoint;
  lowest: HealthPoint;
  highest: HealthPoint;
  moved: HealthSection['moved'];
  facts: ReviewFacts;
  frame: ReviewFrame;
}

function summarize({ first, last, lowest, highest, moved, facts, frame }: Summary): ReviewText {
  const change = Math.round(last.score) - Math.round(first.score);
  const when = frame.period.complete ? `at the end of ${inText(frame)}` : 'now';
  const since = `${Math.round(first.score)} on ${dayInWords(first.on)}`;
  const stands = `Health ${frame.period.complete ? 'stood' : 'stands'} at ${Math.round(last.score)} of 100 (${last.rag.toLowerCase()}) ${when}`;
  const turned =
    change === 0
      ? `${stands}, as it was on ${dayInWords(first.on)}.`
      : `${stands}, ${change > 0 ? 'up' : 'down'} ${formatCount(Math.abs(change), 'point')} from ${since}.`;
  const range =
    Math.round(highest.score) === Math.round(lowest.score)
      ? null
      : `It ranged from ${Math.round(lowest.score)} (${dayInWords(lowest.on)}) to ${Math.round(highest.score)} (${dayInWords(highest.on)}).`;
  const main = moved
    .filter(({ from, to }) => Math.abs(to - from) >= SMALLEST_WORD)
    .slice(0, 3)
    .map(({ label, from, to }) => `${label} (${signed(to - from)})`)
    .join(', ');
  const because = main === '' ? null : `What moved it most: ${main}.`;
  const models = new Set(facts.history.map(({ modelVersion }) => modelVersion));
  return byRules([
    turned,
    range,
    because,
    models.size > 1 ? 'The scoring rules were changed in this time, so scores before and after are not alike.' : null,
  ]);
}

/** How a period is named within a sentence. */
export function inText(frame: ReviewFrame): string {
  return frame.period.kind === 'quarter' ? frame.period.label : 'the contract year';
}

/** `2026-07-01` → «1 Jul 2026». */
export function dayInWords(day: string): string {
  return formatDate(new Date(`${day}T00:00:00Z`));
}

/** «+5», «−3.5», with the sign that typesets. */
export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${formatNumber(Math.abs(value))}`;
}
