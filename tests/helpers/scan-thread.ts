import { Worker } from 'node:worker_threads';
import type { ThreadSetup } from '../../lib/scan-threads';

const ENTRY = new URL('../../lib/scan-thread.ts', import.meta.url).href;

/** The scan thread straight from its source: a thread does not inherit what loads TypeScript. */
export function spawnFromSource(setup: ThreadSetup): Worker {
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(ENTRY)}); })`;
  return new Worker(start, { eval: true, workerData: setup });
}
