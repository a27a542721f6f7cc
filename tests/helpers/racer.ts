// A process of its own with a whole desk on the data directory given: dispatches every open opportunity, in an order of
// its own, as soon as it is told to go. Answers with what came of each, as one line of JSON.
import { loadConfig } from '../../lib/config';
import { createRuntime } from '../../lib/runtime';

const [dataDir = '', order = 'asc'] = process.argv.slice(2);
const runtime = await createRuntime(
  loadConfig({
    NODE_ENV: 'test',
    HEADROOM_DATA_DIR: dataDir,
    DATABASE_URL: process.env.DATABASE_URL,
    HEADROOM_TIME_ZONE: 'UTC',
    LOG_LEVEL: 'silent',
  }),
);
const { items } = await runtime.reads.listOpportunities({ status: ['open'], limit: 100 });
const ids = items.map((item) => item.id).sort();
if (order === 'desc') ids.reverse();

process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const outcomes = await Promise.all(ids.map((id) => runtime.desk.dispatch(id, `racer ${order}`)));
await runtime.stop();
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
process.stdin.destroy();
