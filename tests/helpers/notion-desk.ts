import { createClock, type TestClock } from './clock';
import { eventually } from './eventually';
import { value } from './notion-rules';
import { type NotionServer, type NotionServerOptions, startNotionServer } from './notion-server';
import type { NotionBase, NotionRow } from './notion-shapes';
import { openRuntime, type TestRuntime } from './runtime';

/** What a team may have as its accounts database. */
export const ACCOUNT_PROPERTIES = [
  { name: 'Company', type: 'title' },
  { name: 'Account ID', type: 'rich_text' },
  { name: 'Website', type: 'url' },
  { name: 'ARR', type: 'number' },
  { name: 'Seats', type: 'number' },
  { name: 'Active seats', type: 'number' },
  { name: 'CSM', type: 'people' },
  { name: 'Account Executive', type: 'email' },
  { name: 'Renewal', type: 'date' },
  { name: 'Contract start', type: 'date' },
  { name: 'Last touch', type: 'date' },
  { name: 'Usage trend', type: 'select', options: ['Growing', 'Stable', 'Declining', 'Inactive'] },
  { name: 'Adoption', type: 'number' },
  { name: 'Engagement', type: 'status', options: ['High', 'Medium', 'Low'] },
  { name: 'Invoice status', type: 'select', options: ['Current', 'Overdue 30', 'Overdue 60', 'Overdue 90+'] },
  { name: 'Open tickets', type: 'number' },
  { name: 'Ticket sentiment', type: 'select', options: ['Positive', 'Neutral', 'Negative', 'Critical'] },
  { name: 'Escalations', type: 'rollup' },
  { name: 'Health Status', type: 'select', options: ['Green', 'Yellow', 'Red'] },
  { name: 'NPS', type: 'formula' },
  { name: 'Products', type: 'multi_select', options: ['Core', 'Exports'] },
];

/** A healthy customer whose seats are full, as its page says. */
export function accountPage(id: string, more: NotionRow['values'] = {}): NotionRow['values'] {
  return {
    Company: value.title(`Company ${id}`),
    'Account ID': value.text(id),
    Website: value.url(`https://www.${id}.example/`),
    ARR: value.number(24_000.5),
    Seats: value.number(100),
    'Active seats': value.number(97),
    CSM: value.people({ name: 'Mia', email: 'mia@headroom.example' }),
    'Account Executive': value.email('dana@headroom.example'),
    Renewal: value.date('2027-09-01'),
    'Contract start': value.date('2025-09-01'),
    'Last touch': value.date('2026-11-18'),
    'Usage trend': value.select('Growing'),
    Adoption: value.number(0.8),
    Engagement: value.status('High'),
    'Invoice status': value.select('Current'),
    'Open tickets': value.number(1),
    'Ticket sentiment': value.select('Positive'),
    Escalations: { type: 'rollup', rollup: { type: 'number', function: 'sum', number: 0 } },
    'Health Status': value.select('Green'),
    NPS: value.formula('number', 9),
    Products: value.options('Core'),
    ...more,
  };
}

export interface NotionTestDesk extends TestRuntime {
  notion: NotionServer;
  accounts: NotionBase;
  clock: TestClock;
  /** Pulls now, and waits for its end. */
  pull(): Promise<Awaited<ReturnType<TestRuntime['runtime']['reads']['getRun']>>>;
  /** The mapping that is proposed, as the API takes it. */
  proposed(): Promise<Record<string, string>>;
  /** Chooses the accounts database with what is proposed. */
  choose(writeHealth?: boolean): Promise<void>;
  restart(): Promise<NotionTestDesk>;
}

/** A desk that is connected to a workspace with an accounts database; nothing is chosen yet. */
export async function openNotionDesk(
  options: { server?: NotionServerOptions; properties?: typeof ACCOUNT_PROPERTIES; env?: Record<string, string> } = {},
): Promise<NotionTestDesk> {
  const clock = createClock();
  const notion = await startNotionServer({ clock, ...options.server });
  const accounts = notion.addBase('Customers', options.properties ?? ACCOUNT_PROPERTIES);
  const desk = await openRuntime({
    clock,
    env: {
      HEADROOM_NOTION_API_URL: notion.url,
      HEADROOM_NOTION_REQUESTS_PER_SECOND: '1000',
      HEADROOM_URL: 'https://headroom.example',
      ...options.env,
    },
  });
  await desk.runtime.notion.desk.connect(notion.token, 'user:test');
  return wrap(desk, notion, accounts, clock);
}

function wrap(desk: TestRuntime, notion: NotionServer, accounts: NotionBase, clock: TestClock): NotionTestDesk {
  const { runtime } = desk;
  const proposed = async () => {
    const { columns } = await runtime.notion.desk.preview({ dataSourceId: accounts.id });
    return Object.fromEntries(columns.flatMap(({ column, property }) => (property ? [[column, property.id]] : [])));
  };
  return {
    ...desk,
    notion,
    accounts,
    clock,
    async pull() {
      const runId = await runtime.notion.desk.pullNow();
      if (runId === null) throw new Error('No run was started.');
      const run = await eventually(async () => {
        const found = await runtime.reads.getRun(runId);
        // The next one is another run only once this one is all over.
        const over = found.finishedAt !== null && (await runtime.notion.desk.overview()).pull.runId === null;
        return over ? found : null;
      }, 'the end of the pull');
      await scansEnded(desk);
      return run;
    },
    proposed,
    async choose(writeHealth = true) {
      const mapping = await proposed();
      await runtime.notion.desk.chooseAccounts({ dataSourceId: accounts.id, mapping, writeHealth });
    },
    async restart() {
      return wrap(await desk.restart(), notion, accounts, clock);
    },
    async close() {
      await desk.close();
      await notion.close();
    },
  };
}

/** Waits until no scan that a pull asked for is under way. */
async function scansEnded({ runtime }: TestRuntime): Promise<void> {
  await eventually(async () => {
    const { items } = await runtime.reads.listRuns({ job: 'portfolio_scan' });
    return items.every(({ finishedAt }) => finishedAt !== null) ? true : null;
  }, 'the end of the scans');
}
