// npm run bench [scoring|scan|http …]: measures what the README quotes. Nothing here is a test.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { table } from './report';

const SECTIONS: Record<string, (directory: string) => Promise<void>> = {
  scoring: async () => (await import('./scoring')).benchScoring(),
  scan: async (directory) => (await import('./scan')).benchScan(directory),
  http: async (directory) => (await import('./http')).benchHttp(directory),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in SECTIONS));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. There are ${Object.keys(SECTIONS).join(', ')}.`);
  process.exit(2);
}
const directory = await mkdtemp(path.join(tmpdir(), 'headroom-bench-'));
try {
  for (const [name, run] of Object.entries(SECTIONS)) {
    if (wanted.length === 0 || wanted.includes(name)) await run(path.join(directory, name));
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
console.log(`\n${table()}`);
