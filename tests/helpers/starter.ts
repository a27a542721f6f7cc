// A process of its own that starts a whole desk on the data directory given, at the time given, when it is told to go.
// Answers with the runs that it then sees, as one line of JSON.
import { loadConfig } from '../../lib/config';
import { createRuntime } from '../../lib/runtime';
import { eventually } from './eventually';

const [dataDir = '', now = ''] = process.argv.slice(2);
const runtime = await createRuntime(
  loadConfig({
    NODE_ENV: 'test',
    HEADROOM_DATA_DIR: dataDir,
    DATABASE_URL: process.env.DATABASE_URL,
    HEADROOM_TIME_ZONE: 'UTC',
    HEADROOM_ADOPTION_CRON: '0 0 29 2 *',
    HEADROOM_CONTRACT_CHECK_CRON: '0 0 29 2 *',
    HEADROOM_CONTRACT_QBR_CRON: '0 0 29 2 *',
    HEADROOM_QUARTERLY_QBR_CRON: '0 0 29 2 *',
    LOG_LEVEL: 'silent',
  }),
  { clock: () => new Date(now) },
);
const over = new Promise((resolve) => process.stdin.once('end', resolve));
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
await runtime.start();
const runs = await eventually(async () => {
  const { items } = await runtime.reads.listRuns({});
  return items.length > 0 && items.every((run) => run.finishedAt !== null) ? items : null;
}, 'a run that ended');
await over;
await runtime.stop();
process.stdout.write(`${JSON.stringify(runs)}\n`);
