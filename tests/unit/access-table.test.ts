import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AccessRule, may, PAGES, ROLES, ROUTES, scopeOf, type Viewer } from '../../lib/domain/access';

const APP = path.resolve('app');
const files = readdirSync(APP, { recursive: true, encoding: 'utf8' }).map((file) => file.split(path.sep).join('/'));
/** Two probes say nothing of the portfolio and must answer while the desk cannot. */
const PROBES = ['api/livez/route.ts', 'api/readyz/route.ts'];

function addressOf(file: string): string {
  const folder = path.posix.dirname(file);
  return folder === '.' ? '/' : `/${folder}`;
}

describe('the table of permissions', () => {
  const routeFiles = files.filter((file) => /(^|\/)route\.tsx?$/.test(file));

  it.each(routeFiles)('names every method of %s, under its own address', (file) => {
    const source = readFileSync(path.join(APP, file), 'utf8');
    const exported = [
      ...source.matchAll(/^export (?:const|(?:async )?function) (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\b/gm),
    ];
    const methods = exported.map(([, method]) => method);
    expect(methods.length).toBeGreaterThan(0);
    for (const method of methods) {
      const name = `${method} ${addressOf(file)}`;
      expect(Object.keys(ROUTES)).toContain(name);
      if (PROBES.includes(file)) continue;
      // Through the one wrapper, with the name of this very file.
      const importKind = /importRoute\('(\w+)'\)/.exec(source)?.[1];
      const wrapped = importKind ? `POST /api/v1/${importKind}/import` : name;
      expect(wrapped).toBe(name);
      const call = new RegExp(
        `export const ${method} = (withRoute|providerRoute)\\(\\s*'${name.replace(/[[\]./]/g, '\\$&')}'`,
      );
      if (!importKind) expect(source).toMatch(call);
    }
  });

  it('has no route that does not exist', () => {
    for (const name of Object.keys(ROUTES)) {
      const [method, address = ''] = name.split(' ');
      const source = readFileSync(path.join(APP, address, 'route.ts'), 'utf8');
      expect(source).toMatch(new RegExp(`^export (const|(async )?function) ${method}\\b`, 'm'));
    }
  });

  it('has every page, and each opens through the one door', () => {
    const pages = files.filter((file) => /(^|\/)page\.tsx$/.test(file) && !file.includes('_components/'));
    expect(pages.map(addressOf).sort()).toEqual(Object.keys(PAGES).sort());
    for (const file of pages) {
      const rule: AccessRule = PAGES[addressOf(file) as keyof typeof PAGES];
      if (rule.needs === 'public') continue;
      expect(readFileSync(path.join(APP, file), 'utf8')).toContain(`await openPage('${addressOf(file)}'`);
    }
  });

  it('lets nobody past the probes and the door without a sign-in', () => {
    const open = Object.entries(ROUTES).filter(([, { needs }]) => needs === 'public');
    expect(open.map(([name]) => name)).toEqual([
      'GET /api/livez',
      'GET /api/readyz',
      'GET /api/auth/[...provider]',
      'POST /api/auth/[...provider]',
      'GET /api/v1/session',
      'POST /api/v1/session',
      'DELETE /api/v1/session',
      'POST /api/v1/links/inspect',
      'POST /api/v1/links/redeem',
    ]);
    expect(Object.entries(PAGES).flatMap(([name, { needs }]) => (needs === 'public' ? [name] : []))).toEqual([
      '/',
      '/sign-in',
      '/join',
    ]);
  });

  it('has a name in the audit log for everything that changes something', () => {
    for (const [name, rule] of Object.entries(ROUTES) as [string, AccessRule][]) {
      if (name.startsWith('GET ') || rule.needs === 'public' || name === 'POST /api/v1/health-score/preview') continue;
      expect(rule.audit, name).toMatch(/^[a-z_]+\.[a-z_]+$/);
    }
  });
});

describe('roles', () => {
  it.each(ROLES)('%s may what it is for', (role) => {
    const person = { kind: 'user', role } as const;
    expect(may(person, 'portfolio.read')).toBe(true);
    expect(may(person, 'self')).toBe(true);
    expect(may(person, 'administer')).toBe(role === 'admin');
    expect(may(person, 'dispatch')).toBe(role === 'admin' || role === 'csm');
    expect(may(person, 'opportunity.decide')).toBe(role !== 'viewer');
    expect(may(person, 'opportunity.plan')).toBe(role === 'admin' || role === 'csm');
    expect(may(person, 'portfolio.write')).toBe(role === 'admin' || role === 'csm');
  });

  it('gives a key no account of its own, and a rep only what is theirs', () => {
    expect(may({ kind: 'key', role: 'admin' }, 'self')).toBe(false);
    const rep: Viewer = { kind: 'user', id: '1', name: 'Tom', email: 'tom@headroom.example', role: 'rep' };
    expect(scopeOf(rep)).toEqual({ repEmail: 'tom@headroom.example' });
    expect(scopeOf({ ...rep, kind: 'key', email: null })).toEqual({ repEmail: '' });
    expect(scopeOf({ ...rep, role: 'csm' })).toEqual({ repEmail: null });
  });
});
