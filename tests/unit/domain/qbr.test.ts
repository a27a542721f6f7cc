import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { reviewContent } from '../../../lib/contracts/reviews';
import { toMarkdown } from '../../../lib/domain/markdown';
import { buildReview, factsDigest, type Review } from '../../../lib/domain/qbr';
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
});
