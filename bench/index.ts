// npm run bench [scoring|scan|http|growth|profile …] [--sqlite] [--postgres] [--large]: measures what README.md and
// docs/performance.md quote. Nothing here is a test. Without names: scoring, scan and http.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchEngine, type EngineName, startEngines } from './engine';
import { table } from './report';

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
const sections = Object.entries(SECTIONS).filter(([name]) => chosen.includes(name));
const engines = sections.length > 0 ? await startEngines(names) : [];
const directory = await mkdtemp(path.join(tmpdir(), 'headroom-bench-'));
try {
  for (const engine of engines) {
    for (const [name, run] of sections) await run(engine, path.join(directory, `${name}-${engine.name}`));
  }
} finally {
  for (const engine of engines) await engine.stop();
  await rm(directory, { recursive: true, force: true });
}
console.log(`\n${table()}`);
