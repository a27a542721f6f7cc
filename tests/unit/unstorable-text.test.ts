import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unstorableText } from '../../lib/unstorable-text';

describe('text that no database holds', () => {
  it.each([
    ['\0', ['']],
    ['a\ud800b', ['']],
    ['\udc00\ud800', ['']],
    [{ name: 'a\0' }, ['name']],
    [{ accounts: [{ id: 'x' }, { id: 'y', tags: ['\ude00'] }] }, ['accounts.1.tags.0']],
    [{ signals: { 'a\0b': 1 } }, ['signals']],
  ])('is named in %j', (value, paths) => {
    expect(unstorableText(value)).toEqual(paths);
  });

  it.each([null, undefined, 0, true, '', 'plain', '😀', 'a\u0001b', { a: [1, 'ü', { b: null }] }])(
    'is not found in %j',
    (value) => {
      expect(unstorableText(value)).toEqual([]);
    },
  );

  it('is found at any depth, and a great many times at the price of a few', () => {
    let deep: unknown = '\0';
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    expect(unstorableText(deep)).toEqual(['0.0.0.0.0.0.0.0.0.0.…']);
    expect(unstorableText(Array.from({ length: 100_000 }, () => '\0'))).toHaveLength(20);
  });

  it('is exactly what UTF-8 without NUL cannot carry', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const survives = Buffer.from(text, 'utf8').toString('utf8') === text && !text.includes('\0');
        expect(unstorableText(text)).toEqual(survives ? [] : ['']);
      }),
    );
  });
});
