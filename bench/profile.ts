import { writeFile } from 'node:fs/promises';
import { type Profiler, Session } from 'node:inspector/promises';
import path from 'node:path';
import { fillPortfolio } from './dataset';
import type { BenchEngine } from './engine';
import { round } from './report';
import { openDesk, scan } from './scan';

const ACCOUNTS = 20_000;
const READS = 2_000;
const SHOWN = 15;
/** Microseconds between two samples. */
const INTERVAL = 500;

/**
 * CPU profiles of a first scan and of the list read: the functions that take most themselves, on the console, and each
 * as a .cpuprofile, which the developer tools of a browser show as a flame graph. The scan runs in this thread, so that
 * one profile has all of it.
 */
export async function profile(engine: BenchEngine, directory: string): Promise<void> {
  const url = await engine.create(directory);
  await fillPortfolio(url, ACCOUNTS);
  const runtime = await openDesk(directory, url, false);
  try {
    await profiled(`scan-${engine.name}`, () => scan(runtime));
    await profiled(`list-${engine.name}`, async () => {
      for (let index = 0; index < READS; index += 1) {
        await runtime.reads.listOpportunities({ status: ['open'], limit: 50 });
      }
    });
  } finally {
    await runtime.stop();
  }
}

async function profiled(name: string, work: () => Promise<unknown>): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
  await session.post('Profiler.start');
  await work();
  const { profile: taken } = await session.post('Profiler.stop');
  session.disconnect();
  const file = path.resolve(`${name}.cpuprofile`);
  await writeFile(file, JSON.stringify(taken));
  console.log(`\n${name} (${file})`);
  for (const [where, share] of selfTimes(taken).slice(0, SHOWN)) {
    console.log(`${round(share * 100).padStart(6)} %  ${where}`);
  }
}

/** Share of the samples in which each function was the innermost one, largest first. Idle time is left out. */
function selfTimes(taken: Profiler.Profile): [string, number][] {
  const nodes = new Map(taken.nodes.map((node) => [node.id, node.callFrame]));
  const times = new Map<string, number>();
  let total = 0;
  for (const [index, id] of (taken.samples ?? []).entries()) {
    const frame = nodes.get(id);
    if (!frame || frame.functionName === '(idle)' || frame.functionName === '(program)') continue;
    const took = taken.timeDeltas?.[index] ?? 0;
    const file = frame.url.replace(/^.*\/(node_modules|lib|bench)\//, '$1/');
    // Without the line: what loads TypeScript puts a file on one.
    const where = `${frame.functionName || '(anonymous)'}  ${file}`;
    times.set(where, (times.get(where) ?? 0) + took);
    total += took;
  }
  return [...times]
    .map(([where, took]): [string, number] => [where, took / total])
    .sort(([, one], [, other]) => other - one);
}
