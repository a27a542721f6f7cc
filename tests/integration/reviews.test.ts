import { afterEach, describe, expect, it } from 'vitest';
import type { AgentContext } from '../../lib/agents/agent';
import type { ReviewDetail } from '../../lib/contracts/reviews';
import { AppError } from '../../lib/errors';
import type { Job } from '../../lib/job-runner';
import type { RunProgress } from '../../lib/ports';
import type { AdoptionReader } from '../../lib/ports/adoption';
import type { Notice, NoticeDrafts } from '../../lib/ports/drafting';
import type { ReviewPublisher } from '../../lib/ports/reviews';
import type { TextWriter } from '../../lib/ports/wording';
import { createReviews, type Reviews } from '../../lib/reviews';
import { createClock, DAY, MINUTE, type TestClock } from '../helpers/clock';
import { silentLog } from '../helpers/dispatch-desk';
import { eventually } from '../helpers/eventually';
import { AT_RISK, accountRow, importAtDesk, importRows, outgrowingRow, runEnded } from '../helpers/portfolio';
import { healthyFacts } from '../helpers/review-facts';
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
  adoption?: AdoptionReader;
  owner?: string;
}

/** Another maker of reviews on the same database, as a second instance is one. */
function reviewsOf(desk: TestRuntime, more: Collaborators = {}): Reviews {
  const { runtime, config, db, clock } = desk;
  const reviews = createReviews({
    ...{ db, config, clock, events: runtime.events, log: silentLog, owner: 'beside' },
    timeZone: () => runtime.schedule.plan().timeZone,
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
    const review = await eventually(async () => {
      const found = await read(desk, made.reviewId);
      return found.publication.state === 'pending' ? null : found;
    }, 'what follows the review');
    expect(review).toMatchObject({
      account: { id: 'a-1', name: 'Company a-1' },
      period: { id: '2026-Q3', kind: 'quarter', label: 'Q3 2026' },
      trigger: 'request',
      requestedBy: 'dana',
      reason: 'The sponsor asked',
      current: true,
      publication: { state: 'skipped', note: 'Notion is not connected.' },
      notice: { state: 'left' },
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

  it('is refused for what is no period of an account, or no field', async () => {
    const desk = await open();
    await importRows(desk.db, [accountRow('a-1')]);
    for (const more of [
      { period: '2026-Q5' },
      // A quarter to come, and a day that does not exist.
      { period: '2027-Q1' },
      { period: 'renewal-2027-02-30' },
      { quarter: '2026-Q3' },
    ] as Record<string, string>[]) {
      await expect(generate(desk, 'a-1', more)).rejects.toMatchObject({ code: 'invalid_input' });
    }
    await expect(generate(desk, 'nobody')).rejects.toMatchObject({ code: 'not_found' });
    expect(await desk.db.read.review.count()).toBe(0);
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

function startQuarter(desk: TestRuntime, more: Record<string, string> = {}): Promise<string> {
  return desk.runtime.desk.submitTask('customer-success', { type: 'generate_qbr', ...more }, 'dana').then((answer) => {
    if (answer.kind !== 'run') throw new Error('It is no run.');
    return answer.runId;
  });
}

describe('reviews of all active accounts', () => {
  it('are made in one run, without the account that cannot be reviewed', async () => {
    const desk = await open();
    const rows = Array.from({ length: 90 }, (_, index) => accountRow(`a-${String(index).padStart(3, '0')}`));
    await importAtDesk(desk.runtime, [
      ...rows,
      accountRow('churned', { status: 'churned' }),
      accountRow('onboarding', { status: 'onboarding' }),
    ]);
    desk.clock.advance(MINUTE);
    const broken = { where: { accountId: 'a-041' }, data: { breakdown: 'not JSON' } };
    await desk.db.write.healthScore.updateMany(broken);
    const run = await runEnded(desk.runtime, await startQuarter(desk, { period: '2026-Q4', reason: 'Half time' }));
    expect(run).toMatchObject({
      job: 'quarterly_qbr',
      state: 'succeeded',
      done: 91,
      total: 91,
      errorCount: 1,
      counts: { reviews: 90, unchanged: 0, failed: 1 },
      errors: [{ accountId: 'a-041', code: 'review_failed' }],
    });
    const stored = await desk.db.read.review.findMany({
      select: { accountId: true, trigger: true, reason: true, notice: true },
    });
    expect(stored).toHaveLength(90);
    expect(stored.map(({ accountId }) => accountId)).not.toContain('churned');
    expect(new Set(stored.map(({ trigger, reason, notice }) => [trigger, reason, notice].join()))).toEqual(
      new Set(['quarterly,Half time,listed']),
    );
    // Again: what is there stands, and what was mended comes.
    await desk.db.write.healthScore.deleteMany({ where: { accountId: 'a-041' } });
    const again = await eventually(
      async () => startQuarter(desk, { period: '2026-Q4' }).catch(() => null),
      'the next run',
    );
    expect(await runEnded(desk.runtime, again)).toMatchObject({ counts: { reviews: 1, unchanged: 90, failed: 0 } });
  });

  it('are of one quarter at a time', async () => {
    const desk = await open();
    await importRows(desk.db, [accountRow('a-1')]);
    const both = await Promise.allSettled([
      startQuarter(desk, { period: '2026-Q3' }),
      startQuarter(desk, { period: '2026-Q2' }),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(both[1]).toMatchObject({ reason: { code: 'conflict' } });
    await runEnded(desk.runtime, (both[0] as PromiseFulfilledResult<string>).value);
    const periods = await desk.db.read.review.findMany({ select: { period: true } });
    expect(periods).toEqual([{ period: '2026-Q3' }]);
    await expect(startQuarter(desk, { period: 'renewal-2027-02-15' })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(startQuarter(desk, { period: '2027-Q1' })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(startQuarter(desk, { quarter: '2026-Q3' })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('tell each rep in one draft, the most pressing first', async () => {
    const desk = await open({ env: { HEADROOM_URL: 'https://desk.example' } });
    const rows = [
      accountRow('a-1', { rep_email: 'tom@headroom.example' }),
      accountRow('a-2', { rep_email: 'tom@headroom.example', ...AT_RISK }),
      accountRow('a-3', { rep_email: 'ann@headroom.example' }),
      accountRow('a-4', { rep_email: '' }),
    ];
    await importAtDesk(desk.runtime, rows);
    const { notices, left } = keptNotices();
    const reviews = reviewsOf(desk, { notices });
    await runJob(reviews.jobs.quarterly_qbr, desk.clock);
    const [ended] = (await reviews.readsFor({ repEmail: null }).summarizeReviews()).quarters.slice(1);
    expect(left.map(({ key, to }) => [key, to.address])).toEqual([
      [`qbr-quarter:${ended?.id}:ann@headroom.example`, 'ann@headroom.example'],
      [`qbr-quarter:${ended?.id}:tom@headroom.example`, 'tom@headroom.example'],
    ]);
    const tom = left[1];
    expect(tom?.subject).toContain('2 business reviews');
    expect(tom?.kind).toBe('qbr_ready');
    const lines = tom?.text.split('\n').filter((line) => line.startsWith('Company')) ?? [];
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('/reviews/');
    // Nothing new, nothing told.
    await runJob(reviews.jobs.quarterly_qbr, desk.clock);
    expect(left).toHaveLength(2);
  });

  it('tell of those too that a run made which was cut short before it told', async () => {
    const desk = await open();
    await importAtDesk(desk.runtime, [accountRow('a-1', { rep_email: 'tom@headroom.example' })]);
    // As good as cut short: nothing to tell with.
    await runJob(reviewsOf(desk).jobs.quarterly_qbr, desk.clock);
    const { notices, left } = keptNotices();
    const again = await runJob(reviewsOf(desk, { notices }).jobs.quarterly_qbr, desk.clock);
    expect(again.counts).toMatchObject({ reviews: 0, unchanged: 1 });
    expect(left.map(({ key }) => key)).toEqual(['qbr-quarter:2026-Q3:tom@headroom.example']);
  });
});

describe('a run over a quarter', () => {
  it('is over the quarter of the time zone that is set', async () => {
    // 04:00 on 1 January in Tokyo, and still December for the process.
    const first = await open({ clock: createClock('2026-12-31T19:00:00Z') });
    await importRows(first.db, [accountRow('a-1')]);
    expect((await first.runtime.reads.summarizeReviews()).quarter).toBe('2026-Q3');
    await first.runtime.schedule.change({ timeZone: 'Asia/Tokyo' });
    expect(await first.runtime.reads.summarizeReviews()).toMatchObject({ quarter: '2026-Q4', timeZone: 'Asia/Tokyo' });
    // What is set is known from the start, before any clock runs.
    const desk = await first.restart();
    opened.splice(0, 1, desk);
    expect((await desk.runtime.reads.summarizeReviews()).quarter).toBe('2026-Q4');
    await runEnded(desk.runtime, await startQuarter(desk));
    const [stored] = await desk.db.read.review.findMany({ select: { id: true, period: true } });
    expect(stored?.period).toBe('2026-Q4');
    expect((await read(desk, stored?.id ?? '')).content).toMatchObject({
      timeZone: 'Asia/Tokyo',
      period: { from: '2026-10-01', to: '2026-12-31', complete: true },
    });
    expect((await generate(desk, 'a-1')).period).toBe('2026-Q4');
  });

  it('is begun again where the schedule had begun it and a stop cut it short', async () => {
    const desk = await open();
    await importRows(desk.db, [accountRow('a-1')]);
    const reviews = reviewsOf(desk);
    const cases = [
      ['schedule', 'failed', 'The disk is full.', false],
      ['manual', 'cancelled', null, false],
      ['schedule', 'succeeded', null, false],
      ['catch_up', 'failed', 'The server stopped while this ran.', true],
      ['schedule', 'cancelled', null, true],
    ] as const;
    expect(await reviews.wasCutShort()).toBe(false);
    for (const [index, [trigger, state, error, again]] of cases.entries()) {
      const at = new Date(desk.clock().getTime() - DAY + index * MINUTE);
      const run = { id: `run-${index}`, job: 'quarterly_qbr', trigger, state, error };
      await desk.db.write.run.create({ data: { ...run, createdAt: at, startedAt: at, finishedAt: at } });
      expect(await reviews.wasCutShort(), `${trigger} ${state}`).toBe(again);
    }
    await desk.runtime.start();
    const [begun] = (await desk.runtime.reads.listRuns({ job: 'quarterly_qbr' })).items;
    expect(begun?.trigger).toBe('catch_up');
    await runEnded(desk.runtime, begun?.id ?? '');
    expect(await desk.db.read.review.findMany({ select: { accountId: true, period: true } })).toEqual([
      { accountId: 'a-1', period: '2026-Q3' },
    ]);
  });
});

describe('reviews before a renewal', () => {
  it('are made once, 90 days ahead', async () => {
    const desk = await open();
    const renewal = (id: string, day: string) => accountRow(id, { renewal_date: day });
    await importAtDesk(desk.runtime, [
      renewal('today', '2026-11-22'),
      renewal('within', '2027-02-20'),
      renewal('beyond', '2027-02-21'),
      renewal('passed', '2026-11-21'),
      accountRow('churned', { renewal_date: '2027-01-01', status: 'churned' }),
    ]);
    const { notices, left } = keptNotices();
    const reviews = reviewsOf(desk, { notices });
    const first = await runJob(reviews.jobs.contract_qbr, desk.clock);
    expect(first).toMatchObject({ done: 2, total: 2, counts: { reviews: 2, failed: 0 } });
    await reviews.followUp();
    expect(left.map(({ key }) => key).sort()).toEqual([
      'qbr:today:renewal-2026-11-22',
      'qbr:within:renewal-2027-02-20',
    ]);
    desk.clock.advance(DAY);
    // A day later one more is due; the others have theirs, whatever has changed. Anybody may ask for the run.
    const answer = await desk.runtime.desk.submitTask('customer-success', { type: 'contract_qbr' }, 'dana');
    if (answer.kind !== 'run') throw new Error('It is no run.');
    const second = await runEnded(desk.runtime, answer.runId);
    expect(second).toMatchObject({ job: 'contract_qbr', state: 'succeeded', total: 1, counts: { reviews: 1 } });
    const [late] = await desk.db.read.review.findMany({ where: { accountId: 'beyond' } });
    expect(late).toMatchObject({
      period: 'renewal-2027-02-21',
      kind: 'renewal',
      trigger: 'contract',
      requestedBy: 'scheduler',
    });
  });
});

describe('reviews of many contracts', () => {
  it('are told in one draft a rep, by a later run where theirs was cut short', async () => {
    const desk = await open();
    const renewal = (id: string, rep: string) => accountRow(id, { renewal_date: '2027-01-15', rep_email: rep });
    await importAtDesk(desk.runtime, [
      ...Array.from({ length: 52 }, (_, index) =>
        renewal(`a-${String(index).padStart(2, '0')}`, 'ann@headroom.example'),
      ),
      renewal('b-1', 'tom@headroom.example'),
    ]);
    await runJob(reviewsOf(desk).jobs.contract_qbr, desk.clock);
    expect(await desk.db.read.review.count({ where: { notice: 'listed' } })).toBe(53);
    desk.clock.advance(DAY);
    const { notices, left } = keptNotices();
    const reviews = reviewsOf(desk, {
      notices: {
        async leave(notice, now) {
          if (notice.to.address.startsWith('tom') && left.length === 1 && !told) {
            told = true;
            throw new Error('The database is gone.');
          }
          return notices.leave(notice, now);
        },
      },
    });
    let told = false;
    // Ann is told; the run ends before Tom is.
    await expect(runJob(reviews.jobs.contract_qbr, desk.clock)).rejects.toThrow('The database is gone.');
    expect(await desk.db.read.review.findMany({ where: { notice: 'listed' }, select: { accountId: true } })).toEqual([
      { accountId: 'b-1' },
    ]);
    desk.clock.advance(DAY);
    await runJob(reviews.jobs.contract_qbr, desk.clock);
    await runJob(reviews.jobs.contract_qbr, desk.clock);
    expect(left.map(({ to, subject }) => [to.address, subject])).toEqual([
      ['ann@headroom.example', '[CSM QBR] 52 business reviews — contracts that end within 90 days'],
      ['tom@headroom.example', '[CSM QBR] 1 business review — contracts that end within 90 days'],
    ]);
    expect(new Set(left.map(({ key }) => key)).size).toBe(2);
    expect(await desk.db.read.review.count({ where: { notice: 'left' } })).toBe(53);
  });
});

describe('what others do with a review', () => {
  it('a rep is told once for an account and period, whatever versions follow', async () => {
    const desk = await open({ env: { HEADROOM_URL: 'https://desk.example' } });
    await importAtDesk(desk.runtime, weekly('a-1'));
    const { notices, left } = keptNotices();
    const reviews = reviewsOf(desk, { notices });
    const made = await reviews.writer.reviewAccount({ accountId: 'a-1' }, context(desk.clock));
    await reviews.followUp();
    expect(left).toMatchObject([{ key: 'qbr:a-1:2026-Q3', accountId: 'a-1', to: { address: 'tom@headroom.example' } }]);
    expect(left[0]?.text).toContain(`https://desk.example/reviews/${made.reviewId}`);
    expect((await read(desk, made.reviewId)).notice).toEqual({ state: 'left', note: null });
    await desk.db.write.account.update({ where: { id: 'a-1' }, data: { name: 'Renamed' } });
    const again = await reviews.writer.reviewAccount({ accountId: 'a-1' }, context(desk.clock));
    expect(again).toMatchObject({ created: true, version: 2 });
    await reviews.followUp();
    expect(left).toHaveLength(1);
  });

  it('a page is published once, tried again where it failed, and given up where it was refused', async () => {
    const desk = await open();
    await importAtDesk(desk.runtime, [accountRow('a-1'), accountRow('a-2')]);
    const titles: string[] = [];
    const links: boolean[] = [];
    let refuse: Error | null = new Error('connection reset');
    const publisher: ReviewPublisher = {
      destination: 'Elsewhere',
      problem: async () => null,
      async publish({ title, document }) {
        if (refuse) throw refuse;
        titles.push(`${title} (${document.sections.length})`);
        // Without HEADROOM_URL nobody outside could follow one.
        links.push(JSON.stringify(document).includes('localhost'));
        return { url: 'https://pages.example/1' };
      },
    };
    const reviews = reviewsOf(desk, { publisher });
    const made = await reviews.writer.reviewAccount({ accountId: 'a-1' }, context(desk.clock));
    await reviews.followUp();
    expect((await read(desk, made.reviewId)).publication.state).toBe('pending');
    // Left alone until its lease is over.
    refuse = null;
    await reviews.followUp();
    expect(titles).toEqual([]);
    desk.clock.advance(6 * MINUTE);
    await reviews.followUp();
    await reviews.followUp();
    expect(titles).toEqual(['QBR: Company a-1 — Q3 2026 (5)']);
    expect((await read(desk, made.reviewId)).publication).toEqual({
      state: 'published',
      url: 'https://pages.example/1',
      note: null,
    });
    expect(links).toEqual([false]);
    refuse = new AppError('invalid_input', 'The page was refused.');
    const other = await reviews.writer.reviewAccount({ accountId: 'a-2' }, context(desk.clock));
    await reviews.followUp();
    expect((await read(desk, other.reviewId)).publication).toEqual({
      state: 'failed',
      url: null,
      note: 'The page was refused.',
    });
  });

  it('the draft of one is shown as it is, and pages wait for no place that is not there', async () => {
    const desk = await open();
    await importAtDesk(desk.runtime, [accountRow('a-1')]);
    const { reviewId } = await generate(desk, 'a-1');
    await eventually(async () => (await read(desk, reviewId)).draft?.state === 'drafted', 'the draft');
    const review = await read(desk, reviewId);
    expect(review.draft).toMatchObject({ error: null, href: `/api/v1/notices/${review.draft?.noticeId}/draft` });
    expect(review.publication).toEqual({ state: 'skipped', url: null, note: 'Notion is not connected.' });
    expect((await desk.runtime.reads.summarizeReviews()).publisher).toBeNull();
    // What a mailbox refused is told of, and can be tried again.
    const refused = { state: 'failed', errorMessage: 'The mailbox is full.' };
    await desk.db.write.notice.update({ where: { id: review.draft?.noticeId ?? '' }, data: refused });
    expect((await read(desk, reviewId)).draft).toMatchObject({
      state: 'failed',
      error: 'The mailbox is full.',
      href: null,
    });
    // A person is asked only where the mailbox is not asked again: before that, their answer would be refused.
    const uncertain = async (nextAttemptAt: Date | null) => {
      const data = { state: 'uncertain', nextAttemptAt };
      await desk.db.write.notice.update({ where: { id: review.draft?.noticeId ?? '' }, data });
      return (await read(desk, reviewId)).draft?.state;
    };
    expect(await uncertain(new Date(desk.clock().getTime() + DAY))).toBe('retrying');
    expect(await uncertain(null)).toBe('uncertain');
  });

  it('what an instance holds that stops is free for the next one at once', async () => {
    const desk = await open();
    await importAtDesk(desk.runtime, [accountRow('a-1')]);
    const refusing: ReviewPublisher = {
      destination: 'Elsewhere',
      problem: async () => null,
      publish: async () => {
        throw new Error('connection reset');
      },
    };
    const stopping = reviewsOf(desk, { publisher: refusing, owner: 'stopping' });
    const made = await stopping.writer.reviewAccount({ accountId: 'a-1' }, context(desk.clock));
    await stopping.followUp();
    const next = reviewsOf(desk, {
      publisher: { ...refusing, publish: async () => ({ url: null }) },
      owner: 'next',
    });
    await next.followUp();
    expect((await read(desk, made.reviewId)).publication.state).toBe('pending');
    await stopping.stop();
    // Not what others hold.
    await next.release();
    await next.followUp();
    expect((await read(desk, made.reviewId)).publication.state).toBe('pending');
    await stopping.release();
    await next.followUp();
    expect((await read(desk, made.reviewId)).publication.state).toBe('published');
  });

  it('one that cannot be told of or published stops none of the others', async () => {
    const desk = await open();
    await importAtDesk(
      desk.runtime,
      Array.from({ length: 5 }, (_, index) => accountRow(`a-${index}`)),
    );
    const asked: string[] = [];
    const { notices, left } = keptNotices();
    const failing: Record<string, Error> = {
      'a-1': new Error('connection reset'),
      'a-2': new AppError('invalid_input', 'That is no address.'),
    };
    const fail = (accountId: string) => {
      const error = failing[accountId];
      if (error) throw error;
    };
    const reviews = reviewsOf(desk, {
      notices: {
        async leave(notice, now) {
          asked.push(notice.accountId ?? '');
          // So long that the lease of those before is over.
          desk.clock.advance(2 * MINUTE);
          fail(notice.accountId ?? '');
          return notices.leave(notice, now);
        },
      },
      publisher: {
        destination: 'Elsewhere',
        problem: async () => null,
        async publish({ accountId }) {
          asked.push(`page of ${accountId}`);
          desk.clock.advance(6 * MINUTE);
          fail(accountId);
          return { url: null };
        },
      },
    });
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      ids.push((await reviews.writer.reviewAccount({ accountId: `a-${index}` }, context(desk.clock))).reviewId);
    }
    await reviews.followUp();
    await reviews.followUp();
    asked.length = 0;
    left.length = 0;
    const pending = { notice: 'pending', publication: 'pending', leaseOwner: null, leaseUntil: null };
    await desk.db.write.review.updateMany({ data: pending });
    await desk.db.write.review.update({ where: { id: ids[0] ?? '' }, data: { content: '{ "format":' } });
    await reviews.followUp();
    expect(asked).toEqual([1, 2, 3, 4].flatMap((n) => `a-${n}`).concat([1, 2, 3, 4].map((n) => `page of a-${n}`)));
    expect(left.map(({ accountId }) => accountId)).toEqual(['a-3', 'a-4']);
    const states = await desk.db.read.review.findMany({ orderBy: { id: 'asc' } });
    expect(states.map((one) => [one.notice, one.noticeNote, one.publication, one.publicationNote])).toEqual([
      ['skipped', 'A stored review cannot be read.', 'failed', 'A stored review cannot be read.'],
      ['pending', null, 'pending', null],
      ['skipped', 'That is no address.', 'failed', 'That is no address.'],
      ['left', null, 'published', null],
      ['left', null, 'published', null],
    ]);
    // What may go well the next time is tried again.
    delete failing['a-1'];
    desk.clock.advance(6 * MINUTE);
    await reviews.followUp();
    expect(left.map(({ accountId }) => accountId)).toEqual(['a-3', 'a-4', 'a-1']);
    expect(await desk.db.read.review.count({ where: { publication: 'published' } })).toBe(3);
  });

  it('a language model may reword the summaries, and is named where it did', async () => {
    const desk = await open();
    await importAtDesk(desk.runtime, weekly('a-1'));
    const asked: string[] = [];
    const writer: TextWriter = {
      async reword({ purpose, texts, facts }) {
        asked.push(`${purpose} ${facts.find(({ label }) => label === 'Account')?.value}`);
        const by = { by: 'model', model: 'wordy-1', promptVersion: 'qbr-1' } as const;
        const reworded = Object.entries<string>(texts).map(([name, text]) =>
          // One text fails the writer's own check and stays as it was.
          [name, name === 'next' ? { text, origin: { by: 'rules' } } : { text: `In short: ${text}`, origin: by }],
        );
        return Object.fromEntries(reworded);
      },
    };
    const reviews = reviewsOf(desk, { writer });
    // The run over a quarter leaves the texts to the rules.
    await runJob(reviews.jobs.quarterly_qbr, desk.clock);
    expect(asked).toEqual([]);
    const made = await reviews.writer.reviewAccount({ accountId: 'a-1' }, context(desk.clock));
    expect(made).toMatchObject({ version: 2, created: true });
    expect(asked).toEqual(['qbr Company a-1']);
    const { content } = await read(desk, made.reviewId);
    expect(content.health.summary).toMatchObject({
      text: expect.stringContaining('In short: '),
      origin: { by: 'model', model: 'wordy-1', promptVersion: 'qbr-1' },
    });
    expect(content.next.summary.origin).toEqual({ by: 'rules' });
    const { text } = await reviews.readsFor({ repEmail: null }).reviewMarkdown(made.reviewId);
    expect(text).toContain('Reworded by wordy-1 (prompt qbr-1) from the figures below.');
    // Once is enough.
    expect(await reviews.writer.reviewAccount({ accountId: 'a-1' }, context(desk.clock))).toMatchObject({
      created: false,
    });
    expect(asked).toHaveLength(1);
  });

  it('an assessment of adoption brings its benchmark, and one that fails costs nothing else', async () => {
    const desk = await open();
    await importAtDesk(desk.runtime, [accountRow('a-1'), accountRow('a-2')]);
    const { adoption } = healthyFacts();
    if (!adoption) throw new Error('The fixture has none.');
    let broken = false;
    const reviews = reviewsOf(desk, {
      adoption: async (ids) => {
        if (broken) throw new Error('out of reach');
        return new Map(ids.map((id) => [id, adoption]));
      },
    });
    const made = await reviews.writer.reviewAccount({ accountId: 'a-1' }, context(desk.clock));
    expect((await read(desk, made.reviewId)).content.adoption).toMatchObject({
      source: 'assessment',
      benchmark: { segment: 'mid-market', accounts: 41 },
    });
    broken = true;
    const other = await reviews.writer.reviewAccount({ accountId: 'a-2' }, context(desk.clock));
    expect((await read(desk, other.reviewId)).content.adoption.source).toBe('none');
  });
});

describe('who sees a review', () => {
  it('a rep sees those of their own accounts', async () => {
    const desk = await open();
    await importRows(desk.db, [
      accountRow('a-1', { rep_email: 'tom@headroom.example' }),
      accountRow('a-2', { rep_email: 'ann@headroom.example' }),
    ]);
    const mine = await generate(desk, 'a-1');
    const theirs = await generate(desk, 'a-2');
    const tom = desk.runtime.readsFor({ repEmail: 'tom@headroom.example' });
    expect((await tom.listReviews({})).items.map(({ id }) => id)).toEqual([mine.reviewId]);
    await expect(tom.getReview(mine.reviewId)).resolves.toMatchObject({ id: mine.reviewId });
    await expect(tom.getReview(theirs.reviewId)).rejects.toMatchObject({ code: 'not_found' });
    await expect(tom.reviewMarkdown(theirs.reviewId)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lists page by page, newest first, by what is asked for', async () => {
    const desk = await open();
    await importRows(
      desk.db,
      Array.from({ length: 7 }, (_, index) => accountRow(`a-${index}`)),
    );
    for (let index = 0; index < 7; index += 1) {
      await generate(desk, `a-${index}`, { period: index < 5 ? '2026-Q3' : '2026-Q4' });
      desk.clock.advance(1_000);
    }
    const { reads } = desk.runtime;
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await reads.listReviews({ period: '2026-Q3', limit: 2, ...(cursor ? { cursor } : {}) });
      seen.push(...page.items.map(({ account }) => account.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(['a-4', 'a-3', 'a-2', 'a-1', 'a-0']);
    expect((await reads.listReviews({ kind: 'renewal' })).items).toEqual([]);
    expect((await reads.listReviews({ q: 'company a-6' })).items).toHaveLength(1);
    expect((await reads.listReviews({ publication: ['published'] })).items).toEqual([]);
    await expect(reads.listReviews({ cursor: 'bm9uZQ' })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('goes with the export of its account, and away with the account', async () => {
    const desk = await open();
    await importRows(desk.db, [accountRow('a-1')]);
    const made = await generate(desk, 'a-1');
    const record = { url: 'https://notion.invalid/p', digest: '', pushedAt: desk.clock() };
    await desk.db.write.notionRecord.createMany({
      data: [
        { kind: 'review', targetId: made.reviewId, pageId: 'its page', ...record },
        { kind: 'review', targetId: 'of another account', pageId: 'another page', ...record },
      ],
    });
    const exported = (await desk.runtime.exports.account('a-1')) as unknown as {
      account: { reviews: { id: string }[]; notion: { records: { pageId: string }[] } };
    };
    expect(exported.account.reviews.map(({ id }) => id)).toEqual([made.reviewId]);
    expect(exported.account.notion.records.map(({ pageId }) => pageId)).toEqual(['its page']);
    await desk.db.write.account.delete({ where: { id: 'a-1' } });
    expect(await desk.db.read.review.count()).toBe(0);
  });

  it('keeps the current version, and earlier ones as long as the setting says', async () => {
    const desk = await open();
    await importRows(desk.db, [accountRow('a-1')]);
    const first = await generate(desk, 'a-1');
    await desk.db.write.account.update({ where: { id: 'a-1' }, data: { name: 'Renamed' } });
    const second = await generate(desk, 'a-1');
    await desk.runtime.retention.write({ snapshotDays: null, runDays: null, auditDays: null, reviewDays: 30 });
    desk.clock.advance(29 * DAY);
    const { signal } = new AbortController();
    expect(await desk.runtime.retention.apply(signal)).toMatchObject({ reviews: 0 });
    desk.clock.advance(2 * DAY);
    expect(await desk.runtime.retention.apply(signal)).toMatchObject({ reviews: 1 });
    await expect(read(desk, first.reviewId)).rejects.toMatchObject({ code: 'not_found' });
    expect((await read(desk, second.reviewId)).versions).toHaveLength(1);
    // A form that knows nothing of it leaves it as it is.
    const kept = await desk.runtime.retention.write({ snapshotDays: null, runDays: 90, auditDays: null });
    expect(kept.reviewDays).toBe(30);
  });
});

function keptNotices(): { notices: NoticeDrafts; left: Notice[] } {
  const left: Notice[] = [];
  return {
    left,
    notices: {
      async leave(notice) {
        // As the port promises: a second notice of the same key is the first one.
        if (!left.some(({ key }) => key === notice.key)) left.push(notice);
        return { noticeId: notice.key };
      },
    },
  };
}

async function runJob(job: Job, clock: TestClock): Promise<RunProgress> {
  let last: RunProgress | null = null;
  await job({
    runId: 'run',
    now: clock(),
    signal: new AbortController().signal,
    onProgress: async (progress) => {
      last = { ...progress, counts: { ...progress.counts } };
    },
  });
  if (!last) throw new Error('The job told nothing.');
  return last;
}
