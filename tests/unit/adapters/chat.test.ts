import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toGoogleChat } from '../../../lib/adapters/chat/google-chat';
import { escapeMrkdwn, toSlack } from '../../../lib/adapters/chat/slack';
import { postJson } from '../../../lib/adapters/chat/webhook';
import type { StructuredDocument } from '../../../lib/domain/document';
import { AppError } from '../../../lib/errors';

const HOSTILE = [
  '<!channel> everybody',
  '<!here|x>',
  '<@U012345>',
  '<users/all>',
  '<https://evil.example|click>',
  '@channel @here @everyone',
  '&lt;!channel&gt;',
  '*bold* _it_ ~gone~ `code` ```block```',
  '</b><a href="https://evil.example">x</a>',
  'line\nbreak\u2028and\r\nmore',
  '\u202edesrever',
  ':rotating_light:',
  '😀'.repeat(500),
];

function documentOf(text: string): StructuredDocument {
  return {
    title: text,
    sections: [
      {
        heading: text,
        blocks: [
          { kind: 'paragraph', text },
          { kind: 'bullets', items: [text, text] },
        ],
      },
      {
        heading: 'Table',
        blocks: [
          { kind: 'table', columns: [{ label: text, align: 'start' }], rows: [[text]] },
          { kind: 'link', text, href: 'https://desk.example/accounts/a%7Cb?x=1&y=2' },
        ],
      },
      { heading: 'Empty', blocks: [{ kind: 'bullets', items: [] }] },
    ],
  };
}

describe('a message to Slack', () => {
  const body = (text: string) =>
    toSlack(documentOf(text)) as { text: string; blocks: { type: string; text: { text: string } }[] };

  it.each(HOSTILE)('makes no markup, mention or link of %j', (text) => {
    const { text: fallback, blocks } = body(text);
    for (const written of [fallback, ...blocks.slice(1).map((block) => block.text.text)]) {
      const ours = written.replaceAll(/<https:\/\/desk\.example[^<>|\s]*\|[^<>|]*>/g, '');
      expect(ours).not.toMatch(/[<>]/);
      expect(ours).not.toMatch(/&(?!(amp|lt|gt);)/);
      expect(ours).not.toMatch(/@(channel|here|everyone)/);
    }
  });

  it('keeps within what Slack takes, whatever the length, and breaks no entity and no character', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('<', '&', '😀', 'x', '*'),
        fc.integer({ min: 1, max: 6_000 }),
        (character, length) => {
          const { text, blocks } = body(character.repeat(length));
          expect(text.length).toBeLessThanOrEqual(1_000);
          expect(blocks.length).toBeLessThanOrEqual(50);
          expect(blocks[0]?.text.text.length).toBeLessThanOrEqual(150);
          for (const block of blocks) {
            expect(block.text.text.length).toBeGreaterThan(0);
            expect(block.text.text.length).toBeLessThanOrEqual(3_000);
            // Half of a pair would not encode.
            expect(() => encodeURIComponent(block.text.text)).not.toThrow();
            if (block !== blocks[0]) expect(block.text.text).not.toMatch(/&(?!(amp|lt|gt);)/);
          }
        },
      ),
    );
  });

  it('says what it was given: decoded, an escaped text is the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const decoded = escapeMrkdwn(text)
          .replaceAll('\u200b', '')
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&amp;', '&');
        expect(decoded).toBe(text.replaceAll('\u200b', ''));
      }),
    );
  });
});

describe('a message to Google Chat', () => {
  const body = (text: string) =>
    toGoogleChat(documentOf(text), 'account-1') as {
      text: string;
      thread: { threadKey: string };
      cardsV2: { card: { sections: { header: string; widgets: { textParagraph?: { text: string } }[] }[] } }[];
    };

  it.each(HOSTILE)('makes no markup, mention or link of %j', (text) => {
    const { text: fallback, cardsV2 } = body(text);
    expect(fallback).not.toMatch(/[<>]/);
    for (const { header, widgets } of cardsV2[0]?.card.sections ?? []) {
      expect(header).not.toMatch(/[<>]/);
      for (const { textParagraph } of widgets) {
        expect(textParagraph?.text.replaceAll('<br>', '') ?? '').not.toMatch(/[<>]/);
      }
    }
  });

  it('keeps within 32,000 bytes, whatever the length', () => {
    for (const character of ['x', '<', 'ü', '😀']) {
      const many: StructuredDocument = {
        title: character.repeat(5_000),
        sections: Array.from({ length: 40 }, () => ({
          heading: character.repeat(500),
          blocks: [{ kind: 'bullets' as const, items: Array.from({ length: 10 }, () => character.repeat(2_000)) }],
        })),
      };
      expect(Buffer.byteLength(JSON.stringify(toGoogleChat(many, 'k'.repeat(5_000))))).toBeLessThan(32_000);
    }
  });
});

describe('the answer of a chat', () => {
  const post = (answer: () => Promise<Response>) =>
    postJson(answer, 'Slack', {
      url: 'https://hooks.example/secret',
      body: {},
      signal: new AbortController().signal,
    }).then(
      () => null,
      (error: unknown) => error as AppError,
    );

  it.each<[number, Record<string, string>, string | null, number | undefined]>([
    [200, {}, null, undefined],
    [204, {}, null, undefined],
    [429, { 'retry-after': '30' }, 'unavailable', 30],
    [429, {}, 'unavailable', undefined],
    [503, { 'retry-after': 'soon' }, 'unavailable', undefined],
    [400, {}, 'invalid_input', undefined],
    [401, {}, 'forbidden', undefined],
    [403, {}, 'forbidden', undefined],
    [404, {}, 'forbidden', undefined],
    [410, {}, 'forbidden', undefined],
    [302, {}, 'invalid_input', undefined],
    // In the middle of it: nobody knows whether the message is there.
    [500, {}, 'unknown', undefined],
    [502, {}, 'unknown', undefined],
  ])('%i with %j says %s', async (status, headers, code, seconds) => {
    const error = await post(async () => new Response(status === 204 ? null : 'no_service', { status, headers }));
    if (code === null) expect(error).toBeNull();
    else if (code === 'unknown') expect(error).not.toHaveProperty('code');
    else expect(error).toMatchObject({ code, retryAfterSeconds: seconds });
    expect(String(error)).not.toContain('secret');
  });

  it.each([
    ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'unavailable'],
    ['a name that is not known', Object.assign(new Error('lookup'), { code: 'ENOTFOUND' }), 'unavailable'],
    ['an address that is not to be called', new AppError('forbidden', '10.0.0.1 is not to be called.'), 'forbidden'],
    ['a dropped connection', Object.assign(new Error('reset'), { code: 'ECONNRESET' }), 'unknown'],
    ['a time-out', Object.assign(new Error('late'), { name: 'TimeoutError' }), 'unknown'],
    ['an answer that is too long', new AppError('payload_too_large', 'The answer is larger.'), 'unknown'],
  ])('%s is %s', async (_name, thrown, code) => {
    const error = await post(() => Promise.reject(thrown));
    if (code === 'unknown') expect(['forbidden', 'unavailable', 'payload_too_large']).not.toContain(error?.code);
    else expect(error).toMatchObject({ code });
  });

  it('is quoted shortly and on one line', async () => {
    const error = await post(async () => new Response(`no\n${'x'.repeat(5_000)}`, { status: 400 }));
    expect(error?.message.length).toBeLessThan(300);
    expect(error?.message).not.toContain('\n');
  });
});
