import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { reviewContent } from '../../../lib/contracts/reviews';
import { toMarkdown } from '../../../lib/domain/markdown';
import { buildReview, factsDigest, REVIEW_SECTIONS, type Review } from '../../../lib/domain/qbr';
import { reviewDocument, wordingFacts } from '../../../lib/domain/qbr-document';
import { composeReviewList, composeReviewNotice } from '../../../lib/domain/qbr-notice';
import {
  atRiskFacts,
  hardlyAnyFacts,
  healthyFacts,
  hostileFacts,
  period,
  REVIEW_DAY,
  REVIEW_RULES,
} from '../../helpers/review-facts';

const GOLDEN = path.resolve('tests/fixtures/qbr');
const Q3 = period('2026-Q3');
const HREF = 'https://desk.example/reviews/1';

const CASES = [
  { name: 'healthy', facts: healthyFacts(), period: Q3 },
  { name: 'at-risk', facts: atRiskFacts(), period: Q3 },
  { name: 'hardly-any', facts: hardlyAnyFacts(), period: Q3 },
  { name: 'hostile', facts: hostileFacts(), period: Q3 },
  { name: 'renewal', facts: atRiskFacts(), period: period('renewal-2026-12-01') },
];

function make(facts = healthyFacts(), now = REVIEW_DAY): Review {
  return buildReview(facts, Q3, REVIEW_RULES, now);
}

describe('a review', () => {
  it.each(CASES)('of an account that is $name is the one on file, as data and as Markdown', async (one) => {
    const review = buildReview(one.facts, one.period, REVIEW_RULES, REVIEW_DAY);
    await expect(`${JSON.stringify(review, null, 2)}\n`).toMatchFileSnapshot(path.join(GOLDEN, `${one.name}.json`));
    await expect(toMarkdown(reviewDocument(review, HREF))).toMatchFileSnapshot(path.join(GOLDEN, `${one.name}.md`));
  });

  it.each(CASES)('of an account that is $name is stored and read back as it was', (one) => {
    const review = buildReview(one.facts, one.period, REVIEW_RULES, REVIEW_DAY);
    const back = z.safeParse(reviewContent, JSON.parse(JSON.stringify(review)));
    expect(back.error).toBeUndefined();
    expect(back.data).toEqual(review);
  });

  it('is the same for the same facts and instant', () => {
    for (const { facts, period: about } of CASES) {
      const digest = factsDigest(facts, about, REVIEW_RULES, REVIEW_DAY);
      expect(buildReview(facts, about, REVIEW_RULES, REVIEW_DAY)).toEqual(
        buildReview(facts, about, REVIEW_RULES, REVIEW_DAY),
      );
      expect(factsDigest(structuredClone(facts), about, REVIEW_RULES, REVIEW_DAY)).toBe(digest);
    }
  });

  it('knows nothing of what came after its period', () => {
    const facts = healthyFacts();
    const later = new Date('2026-10-01T06:00:00Z');
    const [observation] = facts.observations;
    const [entry] = facts.history;
    if (!observation || !entry) throw new Error('The fixture is empty.');
    const more: typeof facts = {
      ...facts,
      observations: [...facts.observations, { ...observation, snapshotId: 99, observedAt: later, seatsActive: 1 }],
      history: [...facts.history, { ...entry, asOf: later, score: 1, rag: 'RED' }],
      usage: [...facts.usage, { observedAt: later, uses: 1_000_000 }],
    };
    expect(make(more)).toEqual(make(facts));
    expect(factsDigest(more, Q3, REVIEW_RULES, REVIEW_DAY)).toBe(factsDigest(facts, Q3, REVIEW_RULES, REVIEW_DAY));
  });

  it('tells what stood when the quarter began from its first day on, by the calendar of the time zone', () => {
    const facts = healthyFacts();
    // The reports before 1 July are of 25 June; in Berlin the quarter begins at 22:00 UTC of 30 June.
    expect(make(facts).health.first).toMatchObject({ on: '2026-07-01' });
    const [observation] = facts.observations;
    if (!observation) throw new Error('The fixture is empty.');
    const lastHour = { ...observation, observedAt: new Date('2026-09-30T21:59:59Z'), seatsActive: 42 };
    expect(make({ ...facts, observations: [lastHour] }).impact.seatHistory).toEqual([
      { on: '2026-09-30', active: 42, purchased: 100 },
    ]);
    const nextQuarter = { ...lastHour, observedAt: new Date('2026-09-30T22:00:00Z') };
    expect(make({ ...facts, observations: [nextQuarter] }).impact.seatHistory).toEqual([]);
  });

  it('is not another one because days pass, but is once a gate falls or a fact changes', () => {
    const facts = healthyFacts();
    const digest = (given: typeof facts, now: Date) => factsDigest(given, Q3, REVIEW_RULES, now);
    const first = digest(facts, REVIEW_DAY);
    expect(digest(facts, new Date('2026-10-20T04:00:00Z'))).toBe(first);
    // The signals are then older than the gates allow.
    expect(digest(facts, new Date('2026-10-23T04:00:00Z'))).not.toBe(first);
    const changed: Partial<typeof facts>[] = [
      { account: { ...facts.account, name: 'Renamed' } },
      { observations: facts.observations.slice(0, -2) },
      { history: facts.history.slice(0, -2) },
      { usage: facts.usage.slice(0, -2) },
      { opportunities: facts.opportunities.slice(1) },
      { dispatches: [] },
      { adoption: null },
      { gates: { ...facts.gates, escalationCount90Days: 1 } },
    ];
    for (const change of changed)
      expect(digest({ ...facts, ...change }, REVIEW_DAY), Object.keys(change)[0]).not.toBe(first);
  });

  it('gives no amount that nobody knows', () => {
    const facts = healthyFacts();
    const unknown = make({
      ...facts,
      account: { ...facts.account, arrCents: null },
      observations: facts.observations.map((one) => ({ ...one, arrCents: null })),
    });
    expect(unknown.impact.arr).toBeNull();
    expect(unknown.impact.figures.find(({ label }) => label === 'Cost per active seat')?.value).toEqual({
      kind: 'unknown',
    });
    expect(unknown.impact.unknown.join(' ')).toContain('The ARR is not known');
    expect(unknown.impact.summary.text).not.toContain('$');
    // An opportunity without a price stays TBD, and is not in the sum.
    expect(unknown.next.openImpact).toEqual([{ amountCents: 720_000, currency: 'USD' }]);
    expect(toMarkdown(reviewDocument(unknown, null))).toContain('| TBD |');
  });

  it('tells a customer nothing of what we want to sell them, and what we fear', () => {
    for (const { facts, period: about } of CASES) {
      const review = buildReview(facts, about, REVIEW_RULES, REVIEW_DAY);
      const { sections } = reviewDocument(review, HREF, 'customer');
      expect(sections.map(({ heading }) => heading.replace(/^\d\. /, ''))).toEqual([
        'Overview',
        'Health',
        'Return and business impact',
        'Feature adoption',
      ]);
      const text = toMarkdown({ title: '', sections });
      expect(text).not.toMatch(/churn|opportunit|dispatch|gate|expansion|confidence|not known here/i);
      expect(text).not.toContain(HREF);
    }
  });

  it('sums each currency by itself', () => {
    const facts = healthyFacts();
    const [one] = facts.opportunities;
    if (!one) throw new Error('The fixture is empty.');
    const other = { ...one, id: 'opp-9', impact: { amountCents: 500_000, currency: 'EUR' } };
    expect(make({ ...facts, opportunities: [one, other] }).next.openImpact).toEqual([
      { amountCents: 720_000, currency: 'USD' },
      { amountCents: 500_000, currency: 'EUR' },
    ]);
  });

  it('has every number and date of its texts among the facts that a rewording may use', () => {
    for (const { facts, period: about } of CASES) {
      const review = buildReview(facts, about, REVIEW_RULES, REVIEW_DAY);
      const allowed = wordingFacts(review)
        .map(({ label, value }) => `${label} ${value}`)
        .join('\n');
      for (const name of REVIEW_SECTIONS) {
        const { text } = review[name].summary;
        const said = text.match(/\d{1,2} [A-Z][a-z]{2} \d{4}|[$€£]?\d[\d,.]*\d|\d/g) ?? [];
        for (const one of said) expect(allowed, `${name}: ${text}`).toContain(one);
      }
    }
  });
});

describe('the draft that tells of reviews', () => {
  it('says what is in it, with the way to it', () => {
    const { subject, text, html } = composeReviewNotice(make(), HREF);
    expect(subject).toBe('[CSM QBR] QBR: Northwind Robotics — Q3 2026');
    for (const part of ['Health 93 of 100, green', 'ARR: $24,000', 'Cost per active seat: $250', HREF])
      expect(text).toContain(part);
    expect(html).toContain(`href="${HREF}"`);
  });

  it('is one line in its subject and no markup in its body, whatever an account is called', () => {
    const review = buildReview(hostileFacts(), Q3, REVIEW_RULES, REVIEW_DAY);
    const evil = { ...review, account: { ...review.account, name: 'A\r\nBcc: all@example.com <img src=x>"' } };
    const { subject, text, html } = composeReviewNotice(evil, HREF);
    expect(subject).not.toMatch(/[\r\n]/);
    expect(text.split('\n')[0]).toContain('Bcc: all@example.com');
    expect(html).not.toMatch(/<(img|script)/);
  });

  it('lists many, and counts the rest', () => {
    const reviews = ['A', 'B'].map((accountName) => ({ accountName, headline: 'Health 1', rag: 'RED', href: HREF }));
    const { subject, text } = composeReviewList(reviews, {
      label: 'Q3 2026',
      more: 3,
      href: 'https://desk.example/reviews',
    });
    expect(subject).toBe('[CSM QBR] 5 business reviews — Q3 2026');
    expect(text).toContain('And 3 more');
    expect(text).toContain(`A: Health 1: ${HREF}`);
  });
});
