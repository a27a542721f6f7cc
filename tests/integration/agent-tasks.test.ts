import { afterEach, describe, expect, it } from 'vitest';
import { createTaskWatch } from '../../lib/agent-tasks';
import { type Agent, createAgent } from '../../lib/agents/agent';
import { createTaskLog, type TaskLog } from '../../lib/db/task-log';
import { AppError } from '../../lib/errors';
import { createClock, DAY, SECOND } from '../helpers/clock';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';
import { silentLog } from '../helpers/dispatch-desk';
import { createFaultyMail } from '../helpers/faulty-mail';
import { accountRow, importAtDesk, outgrowingRow } from '../helpers/portfolio';
import { openRuntime, type TestRuntime, type TestRuntimeOptions } from '../helpers/runtime';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

async function open(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const desk = await openRuntime(options);
  closing.push(desk);
  return desk;
}

async function openDatabase(): Promise<TemporaryDatabase> {
  const database = await openTemporaryDatabase();
  closing.push(database);
  return database;
}

type Tasks = { work: { payload: { how?: string; accountId?: string }; result: { done: boolean } } };

/** An agent whose task does as it is told. */
function watchedAgent(database: TemporaryDatabase, changes: { log?: TaskLog; owner?: string } = {}) {
  const clock = createClock();
  const watch = createTaskWatch({
    log: changes.log ?? createTaskLog(database.db),
    owner: changes.owner ?? 'desk-1',
    gone: async (owners) => new Set(owners.filter((owner) => owner === 'dead-desk')),
    clock,
    logger: silentLog,
  });
  const seen: unknown[] = [];
  const agent = watch.watch<Agent<Tasks>>(
    createAgent<Tasks>('customer-success', {
      work: {
        description: 'Works.',
        parse: (payload) => {
          const { how } = payload as { how?: string };
          if (how === 'misfit') throw new AppError('invalid_input', 'It does not fit.');
          return payload as Tasks['work']['payload'];
        },
        async handle({ how }) {
          await Promise.resolve();
          seen.push(watch.current());
          clock.advance(3 * SECOND);
          if (how === 'fail') throw new AppError('unavailable', 'The source is not there.');
          if (how === 'break') throw new Error('secret of the machine');
          if (how === 'gone') throw new AppError('not_found', 'There is no such account.');
          return { done: true };
        },
      },
    }),
  );
  const run = (task: Record<string, unknown>, runId?: string, signal = new AbortController().signal) =>
    agent.execute(
      { type: 'work', ...task },
      { now: clock(), actor: 'user:dana', signal, log: silentLog, ...(runId ? { runId } : {}) },
    );
  return { agent, watch, run, clock, seen };
}

const rows = ({ db }: TemporaryDatabase) => db.read.taskRun.findMany({ orderBy: { id: 'asc' } });

describe('every task of an agent', () => {
  it('is written down with its beginning, its end, for whom, by whom and as part of what', async () => {
    const database = await openDatabase();
    const { run, clock, seen } = watchedAgent(database);
    const startedAt = clock();
    expect(await run({ accountId: 'a-1' }, 'run-1')).toEqual({ taskType: 'work', done: true });
    expect(await rows(database)).toMatchObject([
      {
        agent: 'customer-success',
        type: 'work',
        accountId: 'a-1',
        runId: 'run-1',
        actor: 'user:dana',
        state: 'succeeded',
        error: null,
        startedAt,
        finishedAt: new Date(startedAt.getTime() + 3 * SECOND),
      },
    ]);
    expect(seen).toEqual([{ type: 'work', runId: 'run-1' }]);
  });

  it('is written down where it failed, with words for a person', async () => {
    const database = await openDatabase();
    const { run } = watchedAgent(database);
    expect(await run({ how: 'fail' })).toMatchObject({ partial: true });
    expect(await run({ how: 'break' })).toMatchObject({ partial: true });
    const stopping = AbortSignal.abort();
    await run({ how: 'fail' }, undefined, stopping);
    expect((await rows(database)).map(({ state, errorCode, error }) => [state, errorCode, error])).toEqual([
      ['failed', 'unavailable', 'The source is not there.'],
      ['failed', 'internal', 'Something went wrong on the server.'],
      ['cancelled', 'unavailable', 'The source is not there.'],
    ]);
  });

  it('is none where what was asked for does not fit, or is not there', async () => {
    const database = await openDatabase();
    const { run, agent } = watchedAgent(database);
    await expect(run({ how: 'misfit' })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(run({ how: 'gone' })).rejects.toMatchObject({ code: 'not_found' });
    const unknown = agent.execute({ type: 'juggle' as 'work' }, {} as never);
    await expect(unknown).rejects.toMatchObject({ code: 'unknown_task_type' });
    expect(await rows(database)).toEqual([]);
  });

  it('is done all the same where it cannot be written down', async () => {
    const database = await openDatabase();
    const broken = new Proxy({} as TaskLog, { get: () => () => Promise.reject(new Error('disk full')) });
    const { run } = watchedAgent(database, { log: broken });
    expect(await run({})).toMatchObject({ done: true });
    expect(await run({ how: 'fail' })).toMatchObject({ partial: true });
    await expect(run({ how: 'misfit' })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('is over when its process is gone, and not before', async () => {
    const database = await openDatabase();
    const log = createTaskLog(database.db);
    const now = createClock()();
    const task = { agent: 'customer-success', type: 'work', accountId: null, runId: null, actor: 'x', now };
    for (const owner of ['dead-desk', 'living-desk', 'desk-1']) await log.start({ ...task, owner });
    await watchedAgent(database).watch.endAbandoned();
    const states = (await rows(database)).map(({ owner, state, error }) => [owner, state, error]);
    // In one millisecond: their ids say nothing of their order.
    expect(states.sort()).toEqual([
      ['dead-desk', 'failed', 'The server stopped while this ran.'],
      ['desk-1', 'running', null],
      ['living-desk', 'running', null],
    ]);
  });
});

describe('what the agents did', () => {
  it('is shown for every capability that they have, the dispatches among them', async () => {
    const clock = createClock();
    const mail = createFaultyMail({ clock, settleMs: SECOND });
    const desk = await open({ clock, mail });
    await importAtDesk(desk.runtime, [accountRow('a-1'), outgrowingRow('a-2'), outgrowingRow('a-3')]);
    await desk.runtime.desk.submitTask('customer-success', { type: 'health_scan', accountId: 'a-1' }, 'user:nobody');
    mail.planCreates('none', 'reject');
    const { items } = await desk.runtime.reads.listOpportunities({ status: ['open'] });
    for (const { id } of items) await desk.runtime.desk.dispatch(id, 'dana');
    const { capabilities } = await desk.runtime.reads.describeAgentActivity();
    const { customerSuccess, sales } = desk.runtime;
    expect(capabilities.map(({ agent, type }) => `${agent}.${type}`)).toEqual(
      [customerSuccess, sales].flatMap(({ id, capabilities: own }) => own.map(({ type }) => `${id}.${type}`)),
    );
    const tasksOf = (type: string) => capabilities.find((capability) => capability.type === type)?.lastTasks ?? [];
    expect(tasksOf('health_scan')).toMatchObject([
      {
        account: { id: 'a-1', name: 'Company a-1' },
        state: 'succeeded',
        runId: null,
        actor: 'somebody who was deleted',
      },
      { account: null, state: 'succeeded', actor: 'scheduler' },
    ]);
    const [, whole] = tasksOf('health_scan');
    expect((await desk.runtime.reads.getRun(whole?.runId ?? '')).job).toBe('portfolio_scan');
    expect(tasksOf('check_contracts')).toEqual([]);
    expect(
      tasksOf('handle_expansion_opportunity')
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['failed', 'succeeded']);
    expect(await desk.db.read.taskRun.count({ where: { agent: 'sales' } })).toBe(0);
  });

  it('is read page by page', async () => {
    const desk = await open();
    await importAtDesk(desk.runtime, [accountRow('a-1')]);
    for (let count = 0; count < 5; count++) {
      desk.clock.advance(count % 2 === 0 ? 0 : SECOND);
      await desk.runtime.desk.submitTask('customer-success', { type: 'health_scan', accountId: 'a-1' }, 'dana');
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { type: 'health_scan', limit: 2, ...(cursor ? { cursor } : {}) };
      const page = await desk.runtime.reads.listAgentTasks('customer-success', query);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(new Set(seen).size).toBe(6);
    expect(seen).toHaveLength(6);
    const times = await desk.runtime.reads.listAgentTasks('customer-success', { limit: 100 });
    const startedAt = times.items.map((item) => item.startedAt);
    expect(startedAt).toEqual([...startedAt].sort().reverse());
    await expect(desk.runtime.reads.listAgentTasks('nobody', {})).rejects.toMatchObject({ code: 'not_found' });
    await expect(desk.runtime.reads.listAgentTasks('sales', { cursor: 'nonsense' })).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  it('goes with what is older than the runs that are kept, and leaves with its account', async () => {
    const desk = await open({
      env: { HEADROOM_MODEL_PROVIDER: 'ollama', HEADROOM_MODEL_NAME: 'x', HEADROOM_MODEL_URL: 'http://127.0.0.1:9/v1' },
    });
    await importAtDesk(desk.runtime, [outgrowingRow('a-1')]);
    await desk.runtime.desk.submitTask('customer-success', { type: 'health_scan', accountId: 'a-1' }, 'dana');
    const { items } = await desk.runtime.reads.listOpportunities({ status: ['open'] });
    await desk.runtime.desk.dispatch(items[0]?.id ?? '', 'dana');
    const { account } = await desk.runtime.exports.account('a-1');
    expect(account).toMatchObject({
      taskRuns: [{ type: 'health_scan', state: 'succeeded' }],
      modelCalls: [{ purpose: 'talk_track', outcome: 'failed', reason: 'unavailable' }],
    });
    desk.clock.advance(89 * DAY);
    await desk.runtime.retention.apply(new AbortController().signal);
    expect(await desk.db.read.modelCall.count()).toBe(1);
    desk.clock.advance(2 * DAY);
    await desk.runtime.retention.apply(new AbortController().signal);
    expect(await desk.db.read.modelCall.count()).toBe(0);
    expect(await desk.db.read.taskRun.count()).toBe(0);
    // The sums stay, to compare with.
    expect(await desk.db.read.modelUsage.count()).toBe(1);
    desk.clock.advance(400 * DAY);
    await desk.runtime.retention.apply(new AbortController().signal);
    expect(await desk.db.read.modelUsage.count()).toBe(0);
    expect(await desk.db.read.modelBudget.count()).toBe(0);
  });
});

describe('a model whose configuration is wrong', () => {
  it.each([
    [{ HEADROOM_MODEL_PROVIDER: 'clippy' }, 'HEADROOM_MODEL_PROVIDER'],
    [{ HEADROOM_MODEL_PROVIDER: 'openai', HEADROOM_MODEL_NAME: 'gpt-x' }, 'HEADROOM_MODEL_API_KEY'],
    [{ HEADROOM_MODEL_PROVIDER: 'ollama' }, 'HEADROOM_MODEL_NAME'],
    [{ HEADROOM_MODEL_PROVIDER: 'compatible', HEADROOM_MODEL_NAME: 'x' }, 'HEADROOM_MODEL_URL'],
    [
      { HEADROOM_MODEL_PROVIDER: 'ollama', HEADROOM_MODEL_NAME: 'x', HEADROOM_MODEL_URL: 'localhost' },
      'HEADROOM_MODEL_URL',
    ],
    [
      { HEADROOM_MODEL_PROVIDER: 'ollama', HEADROOM_MODEL_NAME: 'x', HEADROOM_MODEL_URL: 'http://user:secret@h/v1' },
      'HEADROOM_MODEL_URL',
    ],
    [{ HEADROOM_MODEL_PROVIDER: 'ollama', HEADROOM_MODEL_NAME: 'x', HEADROOM_MODEL_TIMEOUT_MS: 'soon' }, 'TIMEOUT_MS'],
    [{ HEADROOM_MODEL_PROVIDER: 'ollama', HEADROOM_MODEL_NAME: 'x', HEADROOM_MODEL_DAILY_COST: '5' }, 'DAILY_COST'],
    [{ HEADROOM_MODEL_PROVIDER: 'ollama', HEADROOM_MODEL_NAME: 'x', HEADROOM_MODEL_INPUT_PRICE: '5' }, 'OUTPUT_PRICE'],
  ])('degrades it, names the variable and not its value, and stops nothing: %o', async (env, variable) => {
    const desk = await open({ env: env as Record<string, string> });
    const { ready, degraded } = await desk.runtime.readiness();
    expect(ready).toBe(true);
    expect(degraded).toEqual([{ part: 'language_model', reason: expect.stringContaining(variable) }]);
    expect(JSON.stringify(degraded)).not.toMatch(/secret|clippy/);
    const { model } = await desk.runtime.reads.describeAgentActivity();
    expect(model).toMatchObject({ state: 'degraded', reason: degraded[0]?.reason });
    await importAtDesk(desk.runtime, [outgrowingRow('a-1')]);
    const { items } = await desk.runtime.reads.listOpportunities({ status: ['open'] });
    expect(await desk.runtime.desk.dispatch(items[0]?.id ?? '', 'dana')).toMatchObject({ state: 'drafted' });
  });
});
