import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../lib/errors';
import { createSecretBox } from '../../lib/secrets';

const secret = fc.string({ minLength: 32, maxLength: 80 });
const text = fc.string({ unit: 'binary', maxLength: 400 });
const place = fc.string({ minLength: 1, maxLength: 60 });
const SECRET = 'a-secret-of-the-server-0123456789abcdef';

/** What opening it comes to: the text, or how it was refused. */
function attempt(open: () => string): string | { refused: string } {
  try {
    return open();
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { refused: error.code };
  }
}

const REFUSED = { refused: 'mail_reconnect' };

describe('a secret box', () => {
  it('gives back what it was given, at the same place, and never the same cipher text twice', () => {
    fc.assert(
      fc.property(secret, text, place, (key, content, where) => {
        const box = createSecretBox(key);
        const [first, second] = [box.seal(content, where), box.seal(content, where)];
        expect(first).not.toBe(second);
        expect(box.open(first, where)).toBe(content);
        expect(box.isCurrent(first)).toBe(true);
        expect(first).toMatch(/^v1\.[0-9a-f]{16}\.[\w-]{16}\.[\w-]+$/);
      }),
    );
  });

  it('opens nothing at another place', () => {
    fc.assert(
      fc.property(text, place, place, (content, where, elsewhere) => {
        fc.pre(where !== elsewhere);
        const box = createSecretBox(SECRET);
        expect(attempt(() => box.open(box.seal(content, where), elsewhere))).toEqual(REFUSED);
      }),
    );
  });

  it('opens nothing with another secret', () => {
    fc.assert(
      fc.property(secret, secret, text, (key, other, content) => {
        fc.pre(key !== other);
        const sealed = createSecretBox(key).seal(content, 'p');
        expect(attempt(() => createSecretBox(other).open(sealed, 'p'))).toEqual(REFUSED);
      }),
    );
  });

  it('opens nothing in which any one bit was flipped', () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.nat({ max: 7 }), (content, at, bit) => {
        const box = createSecretBox(SECRET);
        const sealed = box.seal(content, 'p');
        const [format = '', keyId = '', nonce = '', body = ''] = sealed.split('.');
        const parts = [Buffer.from(nonce, 'base64url'), Buffer.from(body, 'base64url')];
        const all = Buffer.concat(parts);
        const index = at % all.length;
        all[index] = (all[index] ?? 0) ^ (1 << bit);
        const flipped = [
          format,
          keyId,
          all.subarray(0, parts[0]?.length).toString('base64url'),
          all.subarray(parts[0]?.length).toString('base64url'),
        ].join('.');
        expect(attempt(() => box.open(flipped, 'p'))).toEqual(REFUSED);
      }),
    );
  });

  it('refuses whatever else it is given', () => {
    const box = createSecretBox(SECRET);
    const [format = '', keyId = '', nonce = '', body = ''] = box.seal('token', 'p').split('.');
    const wrong = [
      '',
      'token',
      [format, keyId, nonce, ''].join('.'),
      [format, keyId, nonce, body.slice(0, 8)].join('.'),
      ['v2', keyId, nonce, body].join('.'),
      [format, '0'.repeat(16), nonce, body].join('.'),
      [format, keyId, nonce.slice(1), body].join('.'),
      `${[format, keyId, nonce, body].join('.')}\n`,
    ];
    for (const sealed of wrong)
      expect(
        attempt(() => box.open(sealed, 'p')),
        sealed,
      ).toEqual(REFUSED);
    fc.assert(
      fc.property(fc.string(), (sealed) => {
        expect(attempt(() => box.open(sealed, 'p'))).toEqual(REFUSED);
      }),
    );
  });

  it('opens with secrets of before, and encrypts with the present one alone', () => {
    fc.assert(
      fc.property(secret, secret, text, (before, now, content) => {
        fc.pre(before !== now);
        const old = createSecretBox(before).seal(content, 'p');
        const box = createSecretBox(now, [before]);
        expect(box.open(old, 'p')).toBe(content);
        expect(box.isCurrent(old)).toBe(false);
        const anew = box.seal(box.open(old, 'p'), 'p');
        expect(createSecretBox(now).open(anew, 'p')).toBe(content);
        expect(attempt(() => createSecretBox(before).open(anew, 'p'))).toEqual(REFUSED);
      }),
    );
  });

  it('tells nothing of content or secret in what it refuses with', () => {
    const box = createSecretBox(SECRET);
    const sealed = createSecretBox(`${SECRET}-other`).seal('1//refresh-token', 'p');
    try {
      box.open(sealed, 'p');
      expect.unreachable();
    } catch (error) {
      const said = JSON.stringify(error, Object.getOwnPropertyNames(error));
      for (const part of [SECRET, 'refresh-token', sealed.split('.')[3] ?? '']) expect(said).not.toContain(part);
    }
  });
});
