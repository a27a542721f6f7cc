// Generates the Prisma clients, one for each database engine. `prisma generate` never runs its schema engine, yet the CLI
// insists on having the binary and would download it; naming any existing file keeps the step offline.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(import.meta.resolve('prisma/build/index.js'));
for (const engine of ['sqlite', 'postgresql']) {
  const result = spawnSync(process.execPath, [cli, 'generate', '--no-hints', '--schema', `prisma/${engine}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
