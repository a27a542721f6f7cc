import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { missingOptionalPackages } from '../../scripts/lockfile.mjs';

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const { dependencies, devDependencies } = readJson('package.json') as Record<string, Record<string, string>>;

describe('package-lock.json', () => {
  it('holds the packages of every platform (node scripts/lockfile.mjs completes it)', () => {
    expect(missingOptionalPackages(readJson('package-lock.json')).map(({ name }) => name)).toEqual([]);
  });

  it('names no registry', () => {
    expect(readFileSync('package-lock.json', 'utf8')).not.toContain('"resolved"');
  });
});

describe('docs/dependencies.md', () => {
  const rows = readFileSync('docs/dependencies.md', 'utf8').matchAll(/^\| `([^`]+)` \| (\S+) \| ([^|]+) \| \S/gm);
  const documented = [...rows].map(([, name = '', version = '', licence = '']) => ({ name, version, licence }));

  it('has every direct dependency with its exact version', () => {
    const named = Object.fromEntries(documented.map(({ name, version }) => [name, version]));
    expect(named).toEqual({ ...dependencies, ...devDependencies });
  });

  it.each(documented)('gives the licence of $name, which is one we can ship with', ({ name, licence }) => {
    const { license } = readJson(`node_modules/${name}/package.json`) as { license: string };
    expect(licence).toBe(license === 'SIL OPEN FONT LICENSE' ? 'OFL-1.1' : license);
    const isShipped = name in (dependencies ?? {});
    const allowed = /^(MIT|MIT-0|ISC|Apache-2\.0|OFL-1\.1|MIT OR Apache-2\.0)$/;
    expect(licence).toMatch(isShipped ? allowed : /^(MIT|MIT-0|ISC|Apache-2\.0|MIT OR Apache-2\.0|MPL-2\.0)$/);
  });
});
