import { afterEach, describe, expect, it } from 'vitest';
import { accountAdoption } from '../../lib/contracts/adoption';
import { DAY, NOW } from '../helpers/clock';
import { accountRow, FORECASTING, importAtDesk, importRows, type Row, runEnded } from '../helpers/portfolio';
import { openRuntime, type TestRuntime } from '../helpers/runtime';

const opened: TestRuntime[] = [];
afterEach(async () => {
  for (const desk of opened.splice(0)) await desk.close();
});

async function open(): Promise<TestRuntime> {
  const desk = await openRuntime();
  opened.push(desk);
  return desk;
}

function use(account: string, feature: string, uses: number, weeksAgo = 0): Row {
  const observed = new Date(NOW.getTime() - weeksAgo * 7 * DAY - 3_600_000).toISOString();
  return {
    account_id: account,
    feature,
    observed_at: observed,
    uses: String(uses),
    active_users: '5',
    limit_hits: '0',
  };
}

/** Six accounts of one segment that use Dashboards and mostly Alerts, and one that uses neither much. */
async function openWithUse(): Promise<TestRuntime> {
  const desk = await open();
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
  const accounts = [...ids, 'quiet'].map((id) => accountRow(id, { segment: 'SMB' }));
  await importRows(desk.db, [FORECASTING], { kind: 'catalogue' });
  await importRows(desk.db, [
    ...accounts,
    accountRow('gone', { segment: 'SMB', status: 'churned' }),
    accountRow('lone', { segment: 'enterprise' }),
  ]);
  const usage = ids.flatMap((id, index) => [
    ...[0, 1, 2, 3, 4].map((weeksAgo) => use(id, 'Dashboards', 100 + 10 * index, weeksAgo)),
    ...(index < 5 ? [use(id, 'Alerts', 40)] : []),
    use(id, 'Exports', 7),
  ]);
  await importRows(desk.db, [...usage, use('quiet', 'Dashboards', 20), use('gone', 'Dashboards', 9_999)], {
    kind: 'usage',
  });
  return desk;
}

function track(desk: TestRuntime, accountId?: string) {
  const task = { type: 'track_feature_adoption', ...(accountId === undefined ? {} : { accountId }) };
  return desk.runtime.desk.submitTask('customer-success', task, 'dana');
}

async function trackAll(desk: TestRuntime) {
  const answer = await track(desk);
  if (answer.kind !== 'run') throw new Error('It is not a run.');
  return runEnded(desk.runtime, answer.runId);
}

describe('feature adoption', () => {
  it('is added up for all segments by a run, and read for one account against it', async () => {
    const desk = await openWithUse();
    const run = await trackAll(desk);
    expect(run).toMatchObject({ job: 'track_feature_adoption', state: 'succeeded', done: 8, total: 8 });
    expect(run.counts).toEqual({ compared: 7, segments: 1, features: 3 });

    const answer = await desk.runtime.reads.getAdoption('quiet');
    expect(accountAdoption.parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({
      // Exports belong to Forecasting, which it does not own: expansion's.
      ...{ featuresUsed: 1, featuresKnown: 2, adoptionRate: 0.5, reported: true },
      benchmark: { segment: 'SMB', accounts: 6 },
      benchmarkAsOf: NOW.toISOString(),
    });
    // The peers use 4 or 5 weeks of 100 to 150 uses; within 28 days are 4 of them, on 100 seats each.
    const byFeature = Object.fromEntries(answer.features.map((feature) => [feature.feature, feature]));
    expect(byFeature.Dashboards).toMatchObject({
      uses: 20,
      peers: 6,
      peerShare: 1,
      peerMedianUses: 5,
      usesPerSeat: 0.2,
    });
    expect(byFeature.Alerts).toMatchObject({ uses: 0, peers: 5, peerShare: 5 / 6, standing: 'under_used' });
    expect(byFeature.Exports).toMatchObject({ standing: 'not_owned', item: { id: 'forecasting', owned: false } });
    expect(answer.recommendations.map(({ feature }) => feature)).toEqual(['Dashboards', 'Alerts']);
    expect(answer.map.weeks).toEqual(['2026-11-22']);
    expect((await desk.runtime.reads.getAdoption('a')).map.weeks).toHaveLength(5);
  });

  it('answers a task for one account, and stores nothing for it', async () => {
    const desk = await openWithUse();
    expect(await track(desk, 'quiet')).toMatchObject({
      kind: 'result',
      result: { taskType: 'track_feature_adoption', accountId: 'quiet', benchmark: null, confidence: 'medium' },
    });
    await trackAll(desk);
    const answer = await track(desk, 'quiet');
    expect(answer).toMatchObject({ result: { confidence: 'high', recommendations: [{ rank: 1 }, { rank: 2 }] } });
    expect(await track(desk, 'lone')).toMatchObject({ result: { confidence: 'low', reported: false } });
    await expect(track(desk, 'nobody')).rejects.toMatchObject({ code: 'not_found' });
    expect(await desk.db.read.adoptionBenchmark.count()).toBe(2);
  });

  it('takes the place of what was added up before, and follows what an import of usage brought', async () => {
    const desk = await openWithUse();
    await trackAll(desk);
    await importAtDesk(desk.runtime, [accountRow('lone', { segment: 'SMB' })]);
    const before = await desk.db.read.run.count({ where: { job: 'track_feature_adoption' } });
    expect(before).toBe(1);
    await importAtDesk(desk.runtime, [use('lone', 'Comments', 3)], 'usage');
    await expect
      .poll(
        async () =>
          (await desk.runtime.reads.listRuns({ job: 'track_feature_adoption', state: ['succeeded'] })).items.length,
      )
      .toBe(2);
    const features = await desk.db.read.featureBenchmark.findMany({
      where: { segment: 'SMB' },
      orderBy: { feature: 'asc' },
    });
    expect(features.map(({ label, accounts }) => [label, accounts])).toEqual([
      ['Alerts', 5],
      ['Comments', 1],
      ['Dashboards', 7],
      ['Exports', 6],
    ]);
    expect(await desk.db.read.adoptionBenchmark.findMany({ orderBy: { segment: 'asc' } })).toMatchObject([
      { segment: '', accounts: 8 },
      { segment: 'SMB', accounts: 8 },
    ]);
  });

  it('shows a rep their own accounts alone', async () => {
    const desk = await openWithUse();
    await importRows(desk.db, [accountRow('other', { rep_email: 'ann@headroom.example' })]);
    const reads = desk.runtime.readsFor({ repEmail: 'tom@headroom.example' });
    expect((await reads.getAdoption('quiet')).featuresUsed).toBe(1);
    await expect(reads.getAdoption('other')).rejects.toMatchObject({ code: 'not_found' });
  });
});
