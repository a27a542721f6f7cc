import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const alias = { '@': fileURLToPath(new URL('.', import.meta.url)) };
/** The e2e files share one machine with the servers they start: one after another, once the rest is done. */
const alone = { maxWorkers: 1, sequence: { groupOrder: 1 } };

export default defineConfig({
  resolve: { alias },
  test: {
    slowTestThreshold: 5_000,
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
          include: ['tests/integration/**/*.test.ts'],
          setupFiles: ['tests/helpers/fail-on-console.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['tests/helpers/build-app.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...alone,
        },
      },
    ],
  },
});
