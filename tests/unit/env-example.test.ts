import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect, it } from 'vitest';
import { loadConfig } from '../../lib/config';

const example = parseEnv(readFileSync('.env.example', 'utf8'));
const source = readFileSync('lib/config.ts', 'utf8');

it('names the same variables as the configuration', () => {
  const [, body = ''] = /const environment = z\.object\(\{\n([\s\S]*?)\n\}\);/.exec(source) ?? [];
  const read = [...body.matchAll(/^ {2}([A-Z][A-Z0-9_]*):/gm)].map(([, name]) => name);
  expect(read.length).toBeGreaterThan(10);
  expect(Object.keys(example).sort()).toEqual(read.sort());
});

it('shows the defaults', () => {
  expect(loadConfig({ NODE_ENV: 'test', ...example })).toEqual(loadConfig({ NODE_ENV: 'test' }));
});
