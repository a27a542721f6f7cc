import { notionAccountsRequest } from '@/lib/contracts/notion';
import { json, withRoute } from '@/lib/http';

/** Chooses the database that accounts come from, and how it is read. The next pull reads all of it. */
export const PUT = withRoute(
  'PUT /api/v1/notion/accounts',
  { body: notionAccountsRequest },
  async ({ runtime, body, note }) => {
    const overview = await runtime.notion.desk.chooseAccounts(body);
    note({ dataSourceId: body.dataSourceId, columns: Object.keys(body.mapping), writeHealth: body.writeHealth });
    return json(overview);
  },
);
