import { describe, expect, it } from 'vitest';
import { PAGES, ROUTES } from '../../../lib/domain/access';
import { methodName, routeTemplate } from '../../../lib/domain/route-templates';

describe('the name of a route in the metrics', () => {
  it.each([
    ['/api/v1/accounts', '/api/v1/accounts'],
    ['/api/v1/accounts/?q=northwind', '/api/v1/accounts'],
    ['/api/v1/accounts/summary', '/api/v1/accounts/summary'],
    ['/api/v1/accounts/acme-1', '/api/v1/accounts/[id]'],
    ['/api/v1/accounts/acme%2F1/export', '/api/v1/accounts/[id]/export'],
    ['/api/auth/callback/google?code=secret', '/api/auth/[...provider]'],
    ['/accounts/acme-1?_rsc=1', '/accounts/[id]'],
    ['/', '/'],
    ['/_next/static/chunks/1.js', '/_next/*'],
    ['/templates/accounts.csv', '/templates/*'],
    ['/wp-admin/setup.php', 'other'],
    ['/api/v1/accounts/[id]', '/api/v1/accounts/[id]'],
    ['', 'other'],
  ])('of %s is %s', (url, template) => {
    expect(routeTemplate(url)).toBe(template);
  });

  it('is one of a fixed set, whatever is asked for', () => {
    const paths = Object.keys(ROUTES).map((name) => name.split(' ')[1]);
    const names = new Set([...paths, ...Object.keys(PAGES), '/_next/*', '/templates/*', 'other']);
    for (const path of paths) {
      expect(routeTemplate((path ?? '').replace(/\[[.\w]+\]/g, 'x'))).toBe(path);
      for (let n = 0; n < 20; n += 1) expect(names).toContain(routeTemplate(`${path}/${Math.random()}`));
    }
  });

  it('takes a method only where it is one', () => {
    expect(methodName('GET')).toBe('GET');
    expect(methodName('PROPFIND')).toBe('other');
  });
});
