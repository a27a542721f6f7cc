// One instance's scheduler with the log of runs that all instances share, in a process whose time a test tells. Arguments:
// the time it is, the time zone, the cron expression, and since when there is a desk. Takes orders line by line (`pass <ms>`, `put <time>`) and answers
// `done`. With `lose` the database is out of reach until `find`.
import { createInterface } from 'node:readline';
import pino from 'pino';
import { createInProcessEventBus } from '../../lib/adapters/events/in-process';
import { openDatabase } from '../../lib/db/client';
import { createLeases } from '../../lib/db/leases';
import { createRunLog } from '../../lib/db/run-log';
import { createInstances } from '../../lib/instances';
import { createJobRunner } from '../../lib/job-runner';
import { createLeaseOwner, isOwnerGone } from '../../lib/lease-owner';
import { CsmScheduler } from '../../lib/scheduler';
import { installVirtualTime } from './virtual-time';

const [start = '', timeZone = '', cron = '', installed = start] = process.argv.slice(2);
const JOB = 'portfolio_scan';
const log = pino({ level: 'silent' });
const db = await openDatabase(process.env.DATABASE_URL ?? '');
const realPause = setTimeout;
const time = installVirtualTime(new Date(start));
let lost = false;
let busy = 0;

/** The same store, out of reach while the database is lost; and it is known when it works. */
function reachable<Store extends object>(store: Store): Store {
  return new Proxy(store, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        if (lost) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        busy += 1;
        try {
          return (await Reflect.apply(member, target, args)) as unknown;
        } finally {
          busy -= 1;
        }
      };
    },
  });
}

const runs = reachable(createRunLog(db));
const events = createInProcessEventBus(log);
const clock = () => new Date();
const owner = createLeaseOwner();
const instances = createInstances({
  leases: reachable(createLeases(db)),
  owner,
  isOwnerGone: (other) => isOwnerGone(other, owner),
  log,
});
const jobs = createJobRunner({
  runs,
  events,
  jobs: { [JOB]: async () => {} },
  owner,
  turn: (signal) => instances.turn('jobs', signal),
  gone: instances.gone,
  clock,
  log,
});
const plan = {
  timeZone,
  jobs: { [JOB]: { cron, enabled: true, catchUp: true, graceMs: 12 * 3_600_000, since: null } },
};
const scheduler = new CsmScheduler(
  [
    {
      job: JOB,
      async fire(scheduledFor, trigger) {
        await jobs.start(JOB, trigger, scheduledFor);
        await jobs.finished(JOB);
      },
      hasRunFor: async (firing) => firing < new Date(installed) || runs.hasRunFor(JOB, firing),
    },
  ],
  { readPlan: async () => plan, plan, elect: instances.elect, clock, log },
);

/** Nothing is under way at the database, and nothing that its answers lead to. */
async function settled(): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    while (busy > 0 || jobs.runOf(JOB) !== null) {
      quiet = 0;
      await new Promise((resolve) => realPause(resolve, 1));
    }
  }
}

await scheduler.start();
await settled();
process.stdout.write('ready 0\n');
for await (const line of createInterface(process.stdin)) {
  const [order, argument = ''] = line.split(' ');
  if (order === 'pass') await time.pass(Number(argument), settled);
  if (order === 'put') time.putTo(new Date(argument));
  if (order === 'lose') lost = true;
  if (order === 'find') lost = false;
  process.stdout.write(`done ${line}\n`);
}
process.exit(0);
