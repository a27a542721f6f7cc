// npm run migration -- <name>: writes a migration for each engine, from the migrations on disk to prisma/models.prisma.
// For PostgreSQL it needs an empty scratch database: TEST_POSTGRES_URL, or the machine's own PostgreSQL, started for this.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { diffMigrations, schemaDirectory } from '../lib/db/migrate';
import { startPostgres } from '../tests/helpers/postgres-server';

const name = process.argv[2];
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  console.error('Usage: npm run migration -- <name>, the name in lower case with underscores.');
  process.exit(2);
}
const prismaDirectory = path.resolve('prisma');
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);

const scratch = await mkdtemp(path.join(tmpdir(), 'headroom-migration-'));
await write(`file:${scratch}/shadow.db`).finally(() => rm(scratch, { recursive: true }));
const server = process.env.TEST_POSTGRES_URL ? null : await startPostgres();
await write(process.env.TEST_POSTGRES_URL ?? server?.url ?? '').finally(() => server?.stop());

async function write(url: string): Promise<void> {
  const sql = await diffMigrations(url, prismaDirectory);
  const engine = path.basename(schemaDirectory(url, prismaDirectory));
  if (sql.trim() === '' || sql.includes('This is an empty migration')) {
    console.log(`Nothing to migrate on ${engine}: the models match the migrations.`);
    return;
  }
  const directory = path.join(schemaDirectory(url, prismaDirectory), 'migrations', `${stamp}_${name}`);
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'migration.sql'), sql);
  console.log(`Wrote ${directory}. Read it before you commit it.`);
}
