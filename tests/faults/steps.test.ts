import { afterEach, describe, expect, it } from 'vitest';
import { createDispatchLog } from '../../lib/db/dispatch-log';
import type { Engine } from '../helpers/database';
import { eventually } from '../helpers/eventually';
import { startScript } from '../helpers/fault-scripts';
import {
  acknowledgedBy,
  ENGINES,
  eachOf,
  LONG,
  openWorld,
  SEED,
  say,
  send,
  size,
  type World,
} from '../helpers/fault-world';
import { createProviderMail } from '../helpers/provider-mail';
import { createRandom } from '../helpers/random';

const SCENARIOS = [
  'all is well',
  'the mailbox is away',
  'the answer is lost',
  'nothing was made',
  'the mailbox refuses',
  'a gate holds it',
] as const;
type Scenario = (typeof SCENARIOS)[number];

/**
 * Methods of the ports that no dispatch takes on its way: reads for screens and the pump's alarm, a person's decision, and
 * what only the next process does after a death (dispatch-faults.test.ts dies there).
 */
const NO_STEPS = ['log.adopt', 'log.expire', 'log.nextDueAt', 'mail.locateDraft', 'mail.readDraft'];

/** In the short form: after every step on SQLite, which is before the next one, and before some of them on PostgreSQL. */
const MOMENTS: Record<Engine, ('before' | 'after')[]> = LONG
  ? { sqlite: ['before', 'after'], postgresql: ['before', 'after'] }
  : { sqlite: ['after'], postgresql: ['before'] };
const SAMPLE = size('STEPS', 5, 1_000);

/** Which scenarios reach each step. */
const steps = new Map<string, Scenario[]>();

let world: World;
afterEach(() => world.close());

describe.each(ENGINES)('a process that kills itself at a step of the dispatch, on %s', (engine) => {
  it('leaves one draft, whichever step it is', async () => {
    world = await openWorld({ engine, searchLagMs: 0 });
    // The way to a draft is the same on every engine.
    for (const scenario of steps.size === 0 ? SCENARIOS : []) {
      const { output } = await live(scenario, await opportunityFor(scenario));
      for (const [, step = ''] of output.matchAll(/^step (.+)$/gm)) {
        const known = steps.get(step) ?? [];
        if (!known.includes(scenario)) steps.set(step, [...known, scenario]);
      }
    }
    // Enumerated from the ports: a method that is new is a step that somebody has to reach, or to say why not.
    const methods = [
      ...namesOf('log', createDispatchLog(world.db)),
      ...namesOf('mail', createProviderMail({ url: world.provider.url, timeoutMs: 1, searchLagMs: 0 })),
    ];
    expect([...steps.keys()].sort()).toEqual(methods.filter((method) => !NO_STEPS.includes(method)).sort());

    const all = [...steps].flatMap(([step, scenarios]) =>
      (LONG ? scenarios : scenarios.slice(0, 1)).flatMap((scenario) =>
        MOMENTS[engine].map((moment) => ({ step, scenario, moment })),
      ),
    );
    const random = createRandom(SEED);
    const shuffled = all.map((death) => ({ death, order: random() })).sort((a, b) => a.order - b.order);
    const deaths = engine === 'sqlite' ? all : shuffled.slice(0, SAMPLE).map(({ death }) => death);
    const opportunities: string[] = [];
    const prepared: { death: (typeof deaths)[number]; id: string }[] = [];
    for (const death of deaths) prepared.push({ death, id: await opportunityFor(death.scenario) });
    await eachOf(prepared, 2, async ({ death: { step, scenario, moment }, id }) => {
      opportunities.push(id);
      const { code } = await live(scenario, id, moment, step);
      expect(code, `${scenario}: the process was to die ${moment} ${step}`).toBeNull();
    });

    // Another process finds all of it and goes on; the button is pressed where nothing was on the disk yet.
    const desk = await world.startDesk();
    const acknowledged = new Set<string>();
    await eachOf(opportunities, 4, async (opportunityId) => {
      const override = { reason: 'The customer asked for it.' };
      const reply = await send(desk.url, 'POST', '/api/v1/dispatches', { opportunityId, override });
      expect(reply.status, JSON.stringify(reply.document)).toBeLessThan(300);
      acknowledged.add(acknowledgedBy(reply));
    });
    await eventually(
      async () => (await world.db.read.dispatch.count({ where: { state: 'failed' } })) === 0 || retryFailed(),
      'failed ones to be retried',
    );
    await world.settled(150_000);
    expect(acknowledged.size).toBe(deaths.length);
    await world.expectBooksToBalance(acknowledged);
    say(`${engine}: ${deaths.length} deaths at ${new Set(deaths.map(({ step }) => step)).size} steps`);
  });
});

/** One that was refused for good waits for a person, who presses Retry. */
async function retryFailed(): Promise<boolean> {
  const log = createDispatchLog(world.db);
  const failed = await world.db.read.dispatch.findMany({ where: { state: 'failed' } });
  for (const { id } of failed)
    await log.retry(id, {
      now: new Date(),
      actor: 'test',
      mailbox: { mailboxId: 'eml', destination: 'A mailbox in another process' },
    });
  return true;
}

async function opportunityFor(scenario: Scenario): Promise<string> {
  const [id = ''] = await world.seed(1);
  if (scenario === 'a gate holds it') {
    const { accountId } = await world.db.read.opportunity.findUniqueOrThrow({ where: { id } });
    await world.db.write.accountHealth.update({ where: { accountId }, data: { rag: 'RED', churnRisk: 'critical' } });
  }
  return id;
}

async function live(scenario: Scenario, opportunityId: string, moment = '', step = '') {
  const args = [opportunityId, scenario, moment, step];
  const child = await startScript('doomed-desk', args, world.deskEnvironment);
  const code = await child.ended;
  if (step === '') expect(code, child.output()).toBe(0);
  return { code, output: child.output() };
}

function namesOf(port: string, methods: object): string[] {
  return Object.entries(methods)
    .filter(([, method]) => typeof method === 'function')
    .map(([name]) => `${port}.${name}`);
}
