// npm run migration -- <name>: writes a migration from the migrations on disk to prisma/models.prisma.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { diffMigrations } from '../lib/db/migrate';

const name = process.argv[2];
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  console.error('Usage: npm run migration -- <name>, the name in lower case with underscores.');
  process.exit(2);
}
const prismaDirectory = path.resolve('prisma');
const scratch = await mkdtemp(path.join(tmpdir(), 'headroom-migration-'));
const sql = await diffMigrations(`file:${scratch}/shadow.db`, prismaDirectory).finally(() =>
  rm(scratch, { recursive: true }),
);
if (sql.trim() === '' || sql.includes('This is an empty migration')) {
  console.log('Nothing to migrate: the models match the migrations.');
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const directory = path.join(prismaDirectory, 'sqlite', 'migrations', `${stamp}_${name}`);
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'migration.sql'), sql);
  console.log(`Wrote ${directory}. Read it before you commit it.`);
}
