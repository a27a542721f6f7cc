import { prepareTemplateDatabase } from './database';
import { startPostgres } from './postgres-server';

/** Before the tests on PostgreSQL: a server of their own, or the one that TEST_POSTGRES_URL names, with a migrated template. */
export default async function setUp(): Promise<() => Promise<void>> {
  const given = process.env.TEST_POSTGRES_URL;
  const server = given ? null : await startPostgres('memory');
  const url = given ?? server?.url ?? '';
  process.env.TEST_POSTGRES_URL = url;
  await prepareTemplateDatabase(url);
  return async () => server?.stop();
}
