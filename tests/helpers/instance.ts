// A process of its own that is one instance of the desk on the database that DATABASE_URL names. It does what lines of
// JSON on its input tell it, and answers each with a line; the events that it hears of are lines too.
import { createInterface } from 'node:readline';
import { loadConfig } from '../../lib/config';
import { createRuntime } from '../../lib/runtime';

const [dataDir = ''] = process.argv.slice(2);
const NEVER = '0 0 29 2 *';
const runtime = await createRuntime(
  loadConfig({
    HEADROOM_SCAN_CRON: NEVER,
    HEADROOM_ADOPTION_CRON: NEVER,
    HEADROOM_CONTRACT_CHECK_CRON: NEVER,
    HEADROOM_CONTRACT_QBR_CRON: NEVER,
    HEADROOM_QUARTERLY_QBR_CRON: NEVER,
    HEADROOM_RETENTION_CRON: NEVER,
    HEADROOM_TIME_ZONE: 'UTC',
    LOG_LEVEL: 'silent',
    ...process.env,
    HEADROOM_DATA_DIR: dataDir,
  }),
);
await runtime.start();
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
runtime.events.subscribe((event) => say({ event }));

const commands: Record<string, (argument: string) => Promise<unknown>> = {
  scan: () => runtime.desk.submitTask('customer-success', { type: 'portfolio_scan' }, 'test'),
  run: (id) => runtime.reads.getRun(id),
  dispatch: (id) => runtime.desk.dispatch(id, 'test'),
  stop: () => runtime.stop(),
};
say({ ready: process.pid });
for await (const line of createInterface(process.stdin)) {
  const { id, command, argument } = JSON.parse(line) as { id: number; command: string; argument: string };
  const work = commands[command] ?? (() => Promise.reject(new Error(`No command ${command}`)));
  void work(argument).then(
    (value) => say({ id, value }),
    (error: unknown) => say({ id, error: String(error) }),
  );
}
