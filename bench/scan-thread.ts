import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import type { ThreadSetup } from '../lib/scan-threads';

/** Inside the project, where the thread finds its packages. */
const FOLDER = path.resolve('node_modules/.cache/headroom-bench');
let bundle: string | null = null;

/** The scan thread as one compiled file, as `npm run build` makes it: from its source it would compile itself at each start. */
export function spawnBundled(setup: ThreadSetup): Worker {
  bundle ??= build();
  return new Worker(bundle, { workerData: setup });
}

function build(): string {
  mkdirSync(FOLDER, { recursive: true });
  const outfile = path.join(FOLDER, 'scan-thread.mjs');
  buildSync({
    entryPoints: ['lib/scan-thread.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}
