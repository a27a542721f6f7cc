import { afterEach, describe, expect, it } from 'vitest';
import type { AgentContext } from '../../lib/agents/agent';
import type { ReviewDetail } from '../../lib/contracts/reviews';
import type { Notice, NoticeDrafts, ReviewPublisher, TextWriter } from '../../lib/ports';
import { createReviews, type Reviews } from '../../lib/reviews';
import { createClock, DAY, NOW, type TestClock } from '../helpers/clock';
import { silentLog } from '../helpers/dispatch-desk';
import { eventually } from '../helpers/eventually';
import { accountRow, importAtDesk, importRows, outgrowingRow, runEnded } from '../helpers/portfolio';
import { openRuntime, type TestRuntime, type TestRuntimeOptions } from '../helpers/runtime';

const opened: TestRuntime[] = [];
const beside: Reviews[] = [];
afterEach(async () => {
  for (const reviews of beside.splice(0)) await reviews.stop();
  for (const desk of opened.splice(0)) await desk.close();
});

async function open(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const desk = await openRuntime(options);
  opened.push(desk);
  return desk;
}

interface Collaborators {
  writer?: TextWriter;
  publisher?: ReviewPublisher;
  notices?: NoticeDrafts;
  owner?: string;
}

/** Another maker of reviews on the same database, as a second instance is one. */
function reviewsOf(desk: TestRuntime, more: Collaborators = {}): Reviews {
  const { runtime, config, db, clock } = desk;
  const reviews = createReviews({
    ...{ db, config, clock, events: runtime.events, log: silentLog, owner: 'beside' },
    ...more,
  });
  beside.push(reviews);
  return reviews;
}

function context(clock: TestClock, actor = 'dana'): AgentContext {
  return { now: clock(), actor, signal: new AbortController().signal, log: silentLog };
}

/** Weekly reports from before the third quarter on, as an import brings them. */
function weekly(id: string, more: Record<string, string> = {}) {
  return Array.from({ length: 22 }, (_, week) => {
    const at = new Date(Date.parse('2026-06-24T06:00:00Z') + week * 7 * DAY);
    return outgrowingRow(id, {
      seats_active: String(60 + 2 * Math.min(week, 18)),
      observed_at: at.toISOString(),
      last_interaction_at: new Date(at.getTime() - 3 * DAY).toISOString(),
      ...more,
    });
  });
}

async function generate(desk: TestRuntime, accountId: string, more: Record<string, string> = {}) {
  const answer = await desk.runtime.desk.submitTask(
    'customer-success',
    { type: 'generate_qbr', accountId, ...more },
    'dana',
  );
  if (answer.kind !== 'result') throw new Error('It is a run.');
  return answer.result as { reviewId: string; version: number; created: boolean; period: string; error?: string };
}

function read(desk: TestRuntime, id: string): Promise<ReviewDetail> {
  return desk.runtime.reads.getReview(id);
}

describe('a review of one account', () => {
  it('is made of what the quarter brought, and tells others of it', async () => {
    const desk = await open();
    await importAtDesk(desk.runtime, weekly('a-1'));
    const made = await generate(desk, 'a-1', { reason: 'The sponsor asked' });
    expect(made).toMatchObject({ period: '2026-Q3', version: 1, created: true });
    const review = await read(desk, made.reviewId);
    expect(review).toMatchObject({
      account: { id: 'a-1', name: 'Company a-1' },
      period: { id: '2026-Q3', kind: 'quarter', label: 'Q3 2026' },
      trigger: 'request',
      requestedBy: 'dana',
      reason: 'The sponsor asked',
      current: true,
      publication: { state: 'skipped', note: expect.stringContaining('published') },
      notice: { state: 'skipped' },
    });
    const { health, impact, next } = review.content;
    // The report of 24 June stood when the quarter began; the last one in it is of 30 September.
    expect(impact.seatHistory.at(0)).toEqual({ on: '2026-07-01', active: 60, purchased: 100 });
    expect(impact.seats).toEqual({ active: 88, purchased: 100 });
    expect(impact.arr).toEqual({ amountCents: 2_400_000, currency: 'USD' });
    expect(health.first?.on).toBe('2026-07-01');
    expect(health.moved.length).toBeGreaterThan(0);
    // Opportunities are those of today.
    expect(next.opportunities).toMatchObject([{ type: 'seats', status: 'open', confidence: 'high' }]);
    const events = await desk.db.read.deskEvent.findMany({ where: { type: 'qbr.ready' } });
    expect(events.map(({ accountId, data }) => [accountId, JSON.parse(data)])).toEqual([
      [
        'a-1',
        {
          reviewId: made.reviewId,
          accountId: 'a-1',
          period: '2026-Q3',
          kind: 'quarter',
          version: 1,
          trigger: 'request',
          score: health.last?.score,
          rag: health.last?.rag,
        },
      ],
    ]);
  });

  it('is the same one while the facts are, and a further version once they are not', async () => {
    const desk = await open();
    await importAtDesk(desk.runtime, weekly('a-1'));
    const first = await generate(desk, 'a-1');
    desk.clock.advance(2 * DAY);
    expect(await generate(desk, 'a-1')).toMatchObject({ reviewId: first.reviewId, version: 1, created: false });
    const before = await read(desk, first.reviewId);

    await importAtDesk(
      desk.runtime,
      weekly('a-1', { nps_score: '3' }).filter(({ observed_at: at = '' }) => at > '2026-09-25' && at < '2026-10-01'),
    );
    const second = await generate(desk, 'a-1');
    expect(second).toMatchObject({ version: 2, created: true });
    // What was shown then is shown now.
    const after = await read(desk, first.reviewId);
    expect(after.content).toEqual(before.content);
    expect(after.current).toBe(false);
    expect(after.versions.map(({ version, current }) => [version, current])).toEqual([
      [2, true],
      [1, false],
    ]);
    const listed = await desk.runtime.reads.listReviews({ accountId: 'a-1' });
    expect(listed.items.map(({ id }) => id)).toEqual([second.reviewId]);
    expect(
      (await read(desk, second.reviewId)).content.impact.trends.find(({ label }) => label.startsWith('NPS'))?.to,
    ).toEqual({
      kind: 'number',
      value: 3,
    });
  });

  it('is one where several instances make it at the same moment', async () => {
    const desk = await open();
    await importAtDesk(desk.runtime, weekly('a-1'));
    const makers = Array.from({ length: 4 }, (_, index) => reviewsOf(desk, { owner: `instance-${index}` }));
    const made = await Promise.all(
      makers.flatMap(({ writer }) => [
        writer.reviewAccount({ accountId: 'a-1' }, context(desk.clock)),
        writer.reviewAccount({ accountId: 'a-1' }, context(desk.clock)),
      ]),
    );
    expect(new Set(made.map(({ reviewId }) => reviewId)).size).toBe(1);
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    expect(await desk.db.read.review.count()).toBe(1);
    expect(await desk.db.read.deskEvent.count({ where: { type: 'qbr.ready' } })).toBe(1);
  });

  it.each([
    ['a period that is none', { period: '2026-Q5' }, 'invalid_input'],
    ['a quarter to come', { period: '2027-Q1' }, 'invalid_input'],
    ['a day that does not exist', { period: 'renewal-2027-02-30' }, 'invalid_input'],
    ['an unknown field', { quarter: '2026-Q3' }, 'invalid_input'],
  ])('is refused for %s', async (_, more, code) => {
    const desk = await open();
    await importRows(desk.db, [accountRow('a-1')]);
    await expect(generate(desk, 'a-1', more)).rejects.toMatchObject({ code });
    expect(await desk.db.read.review.count()).toBe(0);
  });

  it('is refused for an account that is not there', async () => {
    const desk = await open();
    await expect(generate(desk, 'nobody')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('says that nothing is known where nothing is', async () => {
    const desk = await open();
    await importRows(desk.db, [accountRow('a-1', { renewal_date: '', arr: '', rep_email: '', csm_email: '' })]);
    const { content } = await read(desk, (await generate(desk, 'a-1')).reviewId);
    expect(content.health.last).toBeNull();
    expect(content.adoption.source).toBe('none');
    expect(content.headline).toContain('Not scored');
  });
});
