import { afterEach, describe, expect, it } from 'vitest';
import { scheduleSettings } from '../../lib/contracts/schedule';
import { createRunLog } from '../../lib/db/run-log';
import type { JobRunner } from '../../lib/job-runner';
import { openSchedule } from '../../lib/schedule';
import { createClock, HOUR, NOW } from '../helpers/clock';
import { ENGINE } from '../helpers/database';
import { eventually } from '../helpers/eventually';
import { openRuntime, type TestRuntime, type TestRuntimeOptions } from '../helpers/runtime';

const opened: TestRuntime[] = [];
afterEach(async () => {
  for (const desk of opened.splice(0).reverse()) await desk.close();
});

async function open(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const desk = await openRuntime(options);
  opened.push(desk);
  return desk;
}

async function restart(desk: TestRuntime): Promise<TestRuntime> {
  const next = await desk.restart();
  opened.splice(opened.indexOf(desk), 1, next);
  return next;
}

async function scanOf(desk: TestRuntime) {
  const view = await desk.runtime.schedule.read();
  expect(scheduleSettings.parse(view)).toEqual(view);
  const scan = view.jobs.find(({ job }) => job === 'portfolio_scan');
  if (!scan) throw new Error('There is no scan.');
  return scan;
}

const DAILY = { env: { HEADROOM_SCAN_CRON: '0 7 * * *' } };

describe('the settings of the schedule', () => {
  it('are those of the configuration until somebody sets others, and again when these are taken back', async () => {
    const desk = await open(DAILY);
    const { schedule } = desk.runtime;
    expect(await scanOf(desk)).toMatchObject({
      ...{ cron: '0 7 * * *', enabled: true, catchUp: true, graceHours: 12, set: false, problem: null },
      nextRuns: [23, 24, 25, 26, 27].map((day) => `2026-11-${day}T07:00:00.000Z`),
    });
    const { before, after } = await schedule.change({
      timeZone: 'Europe/Berlin',
      jobs: { portfolio_scan: { cron: '30 6 * * 1-5', graceHours: 3 } },
    });
    expect(before).toMatchObject({ timeZone: 'UTC', 'Daily health scan': '0 7 * * *, caught up within 12 h' });
    expect(after).toMatchObject({
      timeZone: 'Europe/Berlin',
      'Daily health scan': '30 6 * * 1-5, caught up within 3 h',
    });
    const set = {
      ...{ cron: '30 6 * * 1-5', graceHours: 3, set: true },
      defaults: { cron: '0 7 * * *', graceHours: 12 },
      nextRuns: [23, 24, 25, 26, 27].map((day) => `2026-11-${day}T05:30:00.000Z`),
    };
    expect(await scanOf(desk)).toMatchObject(set);
    const { schedule: shown } = await desk.runtime.reads.describeAgents();
    expect(shown.timeZone).toBe('Europe/Berlin');
    expect(shown.jobs[0]).toMatchObject({ job: 'portfolio_scan', cron: '30 6 * * 1-5', nextRunAt: set.nextRuns[0] });
    // Stored: the next start goes by it.
    const again = await restart(desk);
    await again.runtime.start();
    expect(await scanOf(again)).toMatchObject(set);
    await eventually(
      () => again.runtime.schedule.nextRun('portfolio_scan')?.toISOString() === set.nextRuns[0],
      'the plan',
    );
    await again.runtime.schedule.change({ timeZone: null, jobs: { portfolio_scan: null } });
    expect(await scanOf(again)).toMatchObject({ cron: '0 7 * * *', graceHours: 12, set: false });
    expect((await again.runtime.schedule.read()).timeZoneSet).toBe(false);
  });

  it('are refused by the name of the field, and nothing of them is stored', async () => {
    const desk = await open(DAILY);
    const { schedule } = desk.runtime;
    await expect(
      schedule.change({
        timeZone: 'Europe/Nowhere',
        jobs: { portfolio_scan: { cron: '0 25 * * *' }, resume_dispatches: { enabled: false, catchUp: true } },
      }),
    ).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [
        { path: 'timeZone', message: expect.stringContaining('IANA') },
        { path: 'jobs.portfolio_scan.cron', message: expect.stringContaining('has no hour «25»') },
        { path: 'jobs.resume_dispatches.enabled', message: expect.stringContaining('cannot be switched off') },
        { path: 'jobs.resume_dispatches.catchUp', message: expect.stringContaining('not needed') },
      ],
    });
    expect(await scanOf(desk)).toMatchObject({ cron: '0 7 * * *', set: false });
    expect(await desk.db.read.setting.count({ where: { key: 'schedule' } })).toBe(0);
    expect(schedule.preview({ cron: '0 7 * *', timeZone: 'UTC' })).toEqual({
      problem: expect.stringContaining('has five fields'),
      nextRuns: [],
    });
    expect(() => schedule.preview({ cron: '0 7 * * *', timeZone: 'Mars/Olympus' })).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    );
    expect(schedule.preview({ cron: '0 4 1 1,4,7,10 *', timeZone: 'UTC' }).nextRuns[0]).toBe(
      '2027-01-01T04:00:00.000Z',
    );
  });

  it('have a job that is off neither run nor made up for, and one that is on again begin anew', async () => {
    const desk = await open({ ...DAILY, clock: createClock('2026-11-22T20:00:00Z') });
    await desk.runtime.schedule.change({ jobs: { portfolio_scan: { enabled: false } } });
    expect((await scanOf(desk)).nextRuns).toEqual([]);
    desk.clock.set('2026-11-23T08:00:00Z');
    const off = await restart(desk);
    await off.runtime.start();
    await off.runtime.schedule.change({ jobs: { portfolio_scan: { enabled: true } } });
    const on = await restart(off);
    await on.runtime.start();
    for (let turn = 0; turn < 20; turn += 1) await on.runtime.reads.workspace();
    expect(await on.db.read.run.count()).toBe(0);
    // What is missed from here on is made up for.
    on.clock.set('2026-11-24T08:00:00Z');
    const later = await restart(on);
    await later.runtime.start();
    // What follows a scan is a run too.
    const scans = { job: 'portfolio_scan' };
    const done = () => later.db.read.run.count({ where: { ...scans, state: 'succeeded' } });
    await eventually(async () => (await done()) === 1, 'the run');
    expect(await later.db.read.run.findFirst({ where: scans })).toMatchObject({
      ...{ job: 'portfolio_scan', trigger: 'catch_up', scheduledFor: new Date('2026-11-24T07:00:00Z') },
    });
  });

  it('keep to the grace that was set for a job', async () => {
    const desk = await open({ ...DAILY, clock: createClock('2026-11-22T20:00:00Z') });
    await desk.runtime.schedule.change({ jobs: { portfolio_scan: { graceHours: 2 } } });
    desk.clock.set(new Date(Date.parse('2026-11-23T07:00:00Z') + 3 * HOUR));
    const late = await restart(desk);
    await late.runtime.start();
    for (let turn = 0; turn < 20; turn += 1) await late.runtime.reads.workspace();
    expect(await late.db.read.run.count()).toBe(0);
  });

  it.each([
    ['cancelled', null, true, 1],
    ['running', 'elsewhere/1/unknown', true, 1],
    ['cancelled', null, false, 0],
    ['failed', null, true, 0],
  ])('have a %s run of %s made again at the start (job on: %s)', async (state, owner, enabled, again) => {
    const before = await open();
    await before.runtime.schedule.change({ jobs: { track_feature_adoption: { enabled } } });
    const desk = await restart(before);
    await desk.db.write.run.create({
      data: {
        id: 'cut',
        job: 'track_feature_adoption',
        trigger: 'schedule',
        state,
        owner,
        createdAt: NOW,
        startedAt: NOW,
      },
    });
    await desk.runtime.start();
    for (let turn = 0; turn < 20; turn += 1) await desk.runtime.reads.workspace();
    const others = () => desk.db.read.run.findMany({ where: { job: 'track_feature_adoption', id: { not: 'cut' } } });
    if (again > 0) await eventually(async () => (await others())[0]?.state === 'succeeded', 'the run made again');
    expect((await others()).map(({ trigger }) => trigger)).toEqual(again > 0 ? ['catch_up'] : []);
  });

  it('have the reviews as soon as there is work under their names, each with its own time and grace', async () => {
    const desk = await open();
    const config = { ...desk.config, schedule: { ...desk.config.schedule, quarterly_qbr: '0 4 1 1,4,7,10 *' } };
    const schedule = openSchedule({
      ...{ db: desk.db, config, clock: desk.clock, events: desk.runtime.events, log: desk.runtime.log },
      jobs: { has: () => true } as Partial<JobRunner> as JobRunner,
      runs: createRunLog(desk.db),
      ...{ installedAt: NOW, elect: async () => true, resume: async () => {}, pullNotion: async () => {} },
    });
    expect(desk.runtime.schedule.jobs).toContain('quarterly_qbr');
    expect(schedule.jobs).toEqual(expect.arrayContaining(['contract_qbr', 'quarterly_qbr']));
    const { jobs } = await schedule.read();
    expect(jobs.find(({ job }) => job === 'quarterly_qbr')).toMatchObject({
      graceHours: 168,
      nextRuns: ['2027-01-01', '2027-04-01', '2027-07-01', '2027-10-01', '2028-01-01'].map(
        (day) => `${day}T04:00:00.000Z`,
      ),
    });
    await schedule.stop();
  });

  it('reach another instance, and both change different jobs at once without losing either', async () => {
    const one = await open(DAILY);
    const two = await open({ ...DAILY, dataDir: one.dataDir });
    await Promise.all([
      one.runtime.schedule.change({ jobs: { portfolio_scan: { cron: '0 6 * * *' } } }),
      two.runtime.schedule.change({ jobs: { contract_check: { cron: '0 9 * * *' } } }),
    ]);
    for (const desk of [one, two]) {
      const { jobs } = await desk.runtime.schedule.read();
      expect(jobs.find(({ job }) => job === 'portfolio_scan')?.cron).toBe('0 6 * * *');
      expect(jobs.find(({ job }) => job === 'contract_check')?.cron).toBe('0 9 * * *');
    }
    // On SQLite there is no word from process to process: the next minute reads it.
    if (ENGINE !== 'postgresql') return;
    for (const desk of [one, two]) {
      await eventually(() => desk.runtime.schedule.plan().jobs.portfolio_scan.cron === '0 6 * * *', 'the word');
      await eventually(() => desk.runtime.schedule.plan().jobs.contract_check.cron === '0 9 * * *', 'the word');
    }
  });
});
