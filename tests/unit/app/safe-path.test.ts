import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safePath } from '../../../app/_lib/safe-path';

const HOME = '/opportunities';

describe('Where a sign-in goes on to', () => {
  it.each([
    ['/accounts/AC-1', '/accounts/AC-1'],
    ['/opportunities?tab=held&id=x#gates', '/opportunities?tab=held&id=x#gates'],
    ['/accounts/..', '/'],
    ['/%2f/evil.example', '/%2f/evil.example'],
  ])('%s stays on this desk', (given, path) => {
    expect(safePath(given)).toBe(path);
  });

  it.each([
    null,
    undefined,
    '',
    'accounts',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/..//evil.example',
    '/.//evil.example',
    '/%2e%2e//evil.example',
    '/opportunities/..//evil.example',
    '/opportunities/../..//evil.example?x=1',
  ])('%j goes home', (given) => {
    expect(safePath(given)).toBe(HOME);
  });

  it('never leads to another host, whatever dots, slashes and escapes it is made of', () => {
    const part = fc.constantFrom('/', '//', '\\', '..', '.', '%2e', '%2f', '%5c', '@', ':', '?', '#', 'evil.example');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const target = new URL(safePath(`/${parts.join('')}`), 'https://desk.example');
        expect(target.origin).toBe('https://desk.example');
      }),
      { numRuns: 5_000 },
    );
  });
});
