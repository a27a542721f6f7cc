import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import LongestFirst from './tests/helpers/longest-first';
import { findPostgres } from './tests/helpers/postgres-server';

const alias = { '@': fileURLToPath(new URL('.', import.meta.url)) };
const integration = {
  include: ['tests/integration/**/*.test.ts'],
  setupFiles: ['tests/helpers/fail-on-console.ts'],
  testTimeout: 30_000,
  hookTimeout: 30_000,
};
/** Files that no database has a part in, or SQLite alone, run once. */
const WITHOUT_DATABASE = [
  'backup',
  'front-door',
  'gmail-drafts',
  'gmail-never-sends',
  'gmail-server',
  'gmail-tokens',
  'imap-drafts',
  'ops-files',
  'outgoing',
  'contracts/*',
].map((name) => `tests/integration/${name}.test.ts`);
/** Where the machine has none, scripts/test.sh says so. */
const hasPostgres = Boolean(process.env.TEST_POSTGRES_URL) || findPostgres() !== null;
/** Files of e2e start servers and browsers: a few at a time, once the rest is done. */
const apart = { maxWorkers: 2, sequence: { groupOrder: 1 } };

export default defineConfig({
  resolve: { alias },
  test: {
    slowTestThreshold: 5_000,
    // They wait for databases and servers more than they work; by itself vitest would take one less than there are cores.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './tests/helpers/summary-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          setupFiles: ['tests/helpers/fail-on-console.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          ...integration,
        },
      },
      ...(hasPostgres
        ? [
            {
              extends: true as const,
              test: {
                name: 'postgresql',
                ...integration,
                exclude: WITHOUT_DATABASE,
                env: { TEST_ENGINE: 'postgresql' },
                globalSetup: ['tests/helpers/postgres-setup.ts'],
              },
            },
          ]
        : []),
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['tests/helpers/build-app.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...apart,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['tests/faults/**/*.test.ts'],
          globalSetup: ['tests/helpers/fault-scripts.ts', ...(hasPostgres ? ['tests/helpers/postgres-setup.ts'] : [])],
          testTimeout: process.env.HEADROOM_FAULTS === 'long' ? 4 * 3_600_000 : 240_000,
          hookTimeout: 120_000,
          // They wait more than they work.
          maxWorkers: process.env.HEADROOM_FAULTS === 'long' ? 1 : 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
