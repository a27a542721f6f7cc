import type { DocumentBlock, DocumentSection, StructuredDocument } from './document';
import type { Money } from './expansion';
import { formatMoney, formatNumber, formatPercent } from './format';
import type { Review } from './qbr';
import type { ReviewText } from './qbr-facts';
import { dayInWords, signed } from './qbr-health';
import type { FigureValue } from './qbr-impact';

/** «QBR: Northwind — Q3 2026»: how a review is called wherever it is published. */
export function reviewTitle({ account, period }: Pick<Review, 'account' | 'period'>): string {
  return `QBR: ${account.name} — ${period.label}`;
}

/** `customer`: without what is for our eyes alone, which is the fourth section and what nobody knows. */
export const EDITIONS = ['full', 'customer'] as const;
export type ReviewEdition = (typeof EDITIONS)[number];

/** A stored review as a document, for Markdown and Notion. @param href Address of the review at the desk, where it has one. */
export function reviewDocument(
  review: Review,
  href: string | null,
  edition: ReviewEdition = 'full',
): StructuredDocument {
  if (edition === 'customer') {
    return {
      title: reviewTitle(review),
      sections: [
        frontMatter(review, null, edition),
        healthPart(review),
        impactPart(review, edition),
        adoptionPart(review),
      ],
    };
  }
  return {
    title: reviewTitle(review),
    sections: [
      frontMatter(review, href, edition),
      healthPart(review),
      impactPart(review, edition),
      adoptionPart(review),
      nextPart(review),
    ],
  };
}

/** «1 Jul 2026 to 30 Sep 2026». */
export function periodInWords({ from, to, complete }: Review['period']): string {
  return `${dayInWords(from)} to ${dayInWords(to)}${complete ? '' : ', so far'}`;
}

/** Who wrote a text: shown with every summary. */
export function originInWords({ origin }: ReviewText): string {
  return origin.by === 'rules'
    ? 'Written by rules from the figures below.'
    : `Reworded by ${origin.model} (prompt ${origin.promptVersion}) from the figures below.`;
}

function frontMatter(review: Review, href: string | null, edition: ReviewEdition): DocumentSection {
  const { account, period } = review;
  const rows: [string, string][] = [
    ['Account', account.name],
    ['Period', `${period.label} (${periodInWords(period)})`],
    ['Made on', `${dayInWords(review.madeAt.slice(0, 10))}, days in ${review.timeZone}`],
  ];
  if (account.segment !== null) rows.push(['Segment', account.segment]);
  if (account.plan !== null) rows.push(['Plan', account.plan]);
  if (account.csm !== null) rows.push(['Customer success', account.csm]);
  if (account.rep !== null) rows.push(['Sales', account.rep]);
  // The headline tells of opportunities.
  const headline = edition === 'full' ? [paragraph(`${review.headline}.`)] : [];
  const blocks: DocumentBlock[] = [...headline, pairs('About', 'Value', rows)];
  if (href !== null) blocks.push({ kind: 'link', text: 'Open this review at the desk', href });
  return { heading: 'Overview', blocks };
}

function healthPart({ health }: Review): DocumentSection {
  const blocks = summaryOf(health.summary);
  if (health.moved.length > 0) {
    blocks.push(
      table(
        [
          'What moved the score',
          ['Points before', 'end'],
          ['Points after', 'end'],
          ['Change', 'end'],
          'Before',
          'After',
        ],
        health.moved.map((move) => [
          move.label,
          formatNumber(move.from),
          formatNumber(move.to),
          signed(move.to - move.from),
          move.fromValue ?? 'not known',
          `${move.toValue ?? 'not known'}${move.since === null ? '' : `, since ${dayInWords(move.since)}`}`,
        ]),
      ),
    );
  }
  if (health.history.length > 0) {
    blocks.push(
      table(
        ['Score from', ['Score', 'end'], 'Colour'],
        evenly(health.history, 13).map(({ on, score, rag }) => [
          dayInWords(on),
          String(Math.round(score)),
          rag.toLowerCase(),
        ]),
      ),
    );
  }
  if (health.parts.length > 0) {
    blocks.push(
      table(
        ['Part of the score', ['Points', 'end'], ['Of', 'end'], 'Value'],
        health.parts.map((part) => [
          part.label,
          formatNumber(part.points),
          formatNumber(part.maxPoints),
          part.value ?? 'not known',
        ]),
      ),
    );
  }
  return { heading: '1. Health', blocks };
}

function impactPart({ impact }: Review, edition: ReviewEdition): DocumentSection {
  const blocks = summaryOf(impact.summary);
  blocks.push(
    table(
      ['Figure', ['Value', 'end'], 'How it is meant'],
      impact.figures.map(({ label, value, note }) => [label, figureInWords(value), note ?? '']),
    ),
  );
  if (impact.trends.length > 0) {
    blocks.push(
      table(
        ['Signal', ['At the start', 'end'], ['At the end', 'end'], 'Direction'],
        impact.trends.map((trend) => [
          trend.label,
          figureInWords(trend.from),
          figureInWords(trend.to),
          trend.direction ?? '',
        ]),
      ),
    );
  }
  if (edition === 'full') blocks.push(paragraph('What is not known'), { kind: 'bullets', items: impact.unknown });
  return { heading: '2. Return and business impact', blocks };
}

function adoptionPart({ adoption }: Review): DocumentSection {
  const blocks = summaryOf(adoption.summary);
  if (adoption.features.length > 0) {
    const compared = adoption.benchmark !== null || adoption.features.some(({ peerShare }) => peerShare !== null);
    blocks.push(
      table(
        [
          'Feature',
          ['Uses', 'end'],
          ['Active users', 'end'],
          ...(compared ? [['Peers that use it', 'end'] as const] : []),
          'Last used',
        ],
        adoption.features.map((feature) => [
          feature.feature,
          feature.used ? formatNumber(feature.uses) : 'not used',
          feature.activeUsers === null ? 'not known' : formatNumber(feature.activeUsers),
          ...(compared ? [feature.peerShare === null ? 'too few' : formatPercent(feature.peerShare)] : []),
          feature.lastUsedOn === null ? 'never' : dayInWords(feature.lastUsedOn),
        ]),
      ),
    );
    if (adoption.moreFeatures > 0) blocks.push(paragraph(`And ${formatNumber(adoption.moreFeatures)} more.`));
  }
  if (adoption.recommendations.length > 0) {
    blocks.push({ kind: 'bullets', items: adoption.recommendations.map(({ feature, text }) => `${feature}: ${text}`) });
  }
  return { heading: '3. Feature adoption', blocks };
}

function nextPart({ next }: Review): DocumentSection {
  const blocks = summaryOf(next.summary);
  if (next.opportunities.length > 0) {
    blocks.push(
      table(
        ['Open opportunity', 'Type', 'Confidence', ['ARR impact', 'end'], 'State', 'Why'],
        next.opportunities.map((one) => [
          one.title,
          one.type,
          one.confidence,
          impactInWords(one.impact),
          one.status,
          one.why,
        ]),
      ),
    );
    if (next.moreOpportunities > 0) blocks.push(paragraph(`And ${formatNumber(next.moreOpportunities)} more.`));
  }
  const past = [
    ...next.dispatched.map((one) => [one.title, 'handed to sales', impactInWords(one.impact), dayInWords(one.on)]),
    ...next.settled.map((one) => [one.title, one.outcome, impactInWords(one.impact), dayInWords(one.on)]),
  ];
  if (past.length > 0) blocks.push(table(['In this period', 'What became of it', ['ARR impact', 'end'], 'On'], past));
  blocks.push(
    table(
      ['Gate', 'State'],
      next.gates.map(({ message, passed }) => [message, passed ? 'open' : 'holds']),
    ),
    paragraph('Next steps'),
    { kind: 'bullets', items: next.steps.map(({ text, because }) => `${text} ${because}`) },
  );
  return { heading: '4. Expansion and next steps', blocks };
}

function summaryOf(summary: ReviewText): DocumentBlock[] {
  return [paragraph(summary.text), paragraph(originInWords(summary))];
}

/** `TBD` where nobody knows. */
export function impactInWords(impact: Money | null): string {
  return impact === null ? 'TBD' : formatMoney(impact);
}

export function figureInWords(value: FigureValue): string {
  switch (value.kind) {
    case 'money':
      return formatMoney(value.amount);
    case 'number':
      return formatNumber(value.value);
    case 'percent':
      return formatPercent(value.value);
    case 'text':
      return value.value;
    case 'unknown':
      return 'not known';
  }
}

function paragraph(text: string): DocumentBlock {
  return { kind: 'paragraph', text };
}

function pairs(first: string, second: string, rows: readonly [string, string][]): DocumentBlock {
  return table([first, second], rows);
}

type Column = string | readonly [label: string, align: 'start' | 'end'];

function table(columns: readonly Column[], rows: readonly (readonly string[])[]): DocumentBlock {
  return {
    kind: 'table',
    columns: columns.map((column) =>
      typeof column === 'string' ? { label: column, align: 'start' } : { label: column[0], align: column[1] },
    ),
    rows,
  };
}

/** At most so many, ends included. */
function evenly<Entry>(entries: readonly Entry[], most: number): Entry[] {
  if (entries.length <= most) return [...entries];
  const step = (entries.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => entries[Math.round(index * step)] as Entry);
}

/** All that a text about the review may say: what its summaries are made of, and the cells of its tables. */
export function wordingFacts(review: Review): { label: string; value: string }[] {
  const facts = summaryFacts(review);
  for (const { blocks } of reviewDocument(review, null).sections) {
    for (const block of blocks) {
      if (block.kind !== 'table') continue;
      for (const [label = '', ...cells] of block.rows) {
        const named = cells.map((cell, index) => `${block.columns[index + 1]?.label ?? ''}: ${cell}`);
        facts.push({ label, value: cells.length === 1 ? (cells[0] ?? '') : named.join('; ') });
      }
    }
  }
  return facts;
}

/** What the summaries say and no table holds. */
function summaryFacts({ headline, period, health, adoption, next }: Review): { label: string; value: string }[] {
  const facts: [label: string, value: string | null][] = [
    ['In one line', headline],
    ['Period', `${period.label}, ${periodInWords(period)}`],
    ['Churn risk', health.churnRisk],
    ['Open opportunities', String(next.opportunities.length + next.moreOpportunities)],
    ['Worth together', next.openImpact.map(formatMoney).join(' + ') || null],
    ['Of them TBD', String(next.opportunities.filter(({ impact }) => impact === null).length)],
    ['Handed to sales', String(next.dispatched.length + next.moreDispatched)],
    ['Contract ends on', next.renewalDate === null ? null : dayInWords(next.renewalDate)],
    ['Days to the end of the contract', next.daysToRenewal === null ? null : String(Math.abs(next.daysToRenewal))],
    ['Features in use', `${adoption.featuresUsed} of ${adoption.featuresKnown}`],
    ['Adoption', adoption.adoptionRate === null ? null : formatPercent(adoption.adoptionRate)],
    ['Adoption is told up to', adoption.to === null ? null : dayInWords(adoption.to)],
  ];
  for (const [label, point] of [
    ['First score', health.first],
    ['Last score', health.last],
    ['Lowest score', health.lowest],
    ['Highest score', health.highest],
  ] as const) {
    facts.push([label, point === null ? null : `${Math.round(point.score)} of 100 on ${dayInWords(point.on)}`]);
  }
  if (health.first && health.last) {
    facts.push(['Change in points', String(Math.abs(Math.round(health.last.score) - Math.round(health.first.score)))]);
  }
  const { adoptionRate, benchmark } = adoption;
  if (benchmark) {
    const gap = adoptionRate === null ? null : Math.abs(Math.round((adoptionRate - benchmark.adoptionRate) * 100));
    facts.push(
      ['Adoption of comparable accounts', formatPercent(benchmark.adoptionRate)],
      ['Comparable accounts', formatNumber(benchmark.accounts)],
      ['Difference in points', gap === null ? null : String(gap)],
    );
  }
  for (const { feature, text } of adoption.recommendations) facts.push([feature, text]);
  return facts.flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
}
