// npm run bench [scoring|scan|http|growth|profile …] [--sqlite] [--postgres] [--large]: measures what README.md and
// docs/performance.md quote. Nothing here is a test. Without names: scoring, scan and http.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BenchEngine, type EngineName, startEngine } from './engine';
import { type Figure, keep, table } from './report';

type Section = (engine: BenchEngine, directory: string) => Promise<void>;

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { sqlite: { type: 'boolean' }, postgres: { type: 'boolean' }, large: { type: 'boolean' } },
});
const SECTIONS: Record<string, Section> = {
  scan: async (engine, directory) => (await import('./scan')).benchScan(engine, directory),
  http: async (engine, directory) => (await import('./http')).benchHttp(engine, directory),
  growth: async (engine, directory) =>
    (await import('./growth')).benchGrowth(engine, directory, options.large ?? false),
  profile: async (engine, directory) => (await import('./profile')).profile(engine, directory),
};
const USUAL = ['scoring', 'scan', 'http'];

const unknown = wanted.filter((name) => name !== 'scoring' && !(name in SECTIONS));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. There are scoring, ${Object.keys(SECTIONS).join(', ')}.`);
  process.exit(2);
}
const chosen = wanted.length > 0 ? wanted : USUAL;
if (chosen.includes('scoring')) (await import('./scoring')).benchScoring();

const names: EngineName[] = [];
if (options.sqlite || !options.postgres) names.push('SQLite');
if (options.postgres || !options.sqlite) names.push('PostgreSQL');
const sections = Object.keys(SECTIONS).filter((name) => chosen.includes(name));
const parts = names.flatMap((name) => sections.map((section) => ({ name, section })));
for (const { name, section } of parts) await (parts.length === 1 ? measure : measureApart)(name, section);
if (!process.send) console.log(`\n${table()}`);

async function measure(name: EngineName, section: string): Promise<void> {
  const engine = await startEngine(name);
  if (!engine) return;
  const directory = await mkdtemp(path.join(tmpdir(), 'headroom-bench-'));
  try {
    await SECTIONS[section]?.(engine, directory);
  } finally {
    await engine.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** In a process of its own: what one part leaves in memory must not count as another one's. */
async function measureApart(name: EngineName, section: string): Promise<void> {
  const flags = [name === 'SQLite' ? '--sqlite' : '--postgres', ...(options.large ? ['--large'] : [])];
  const child = fork(fileURLToPath(import.meta.url), [section, ...flags], { execArgv: ['--import', 'tsx'] });
  child.on('message', (taken) => keep(taken as Figure));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${section} on ${name} ended with code ${code}.`);
}
