import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkBlocks, documentBlocks, richText } from '../../../lib/adapters/notion/document-blocks';
import type { DocumentBlock, StructuredDocument } from '../../../lib/domain/document';
import { checkBlocks } from '../../helpers/notion-rules';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .tuple(fc.constantFrom('a', '漢', '🟢', 'a b ', '"\\'), fc.integer({ min: 1, max: 9_000 }))
    .map(([word, count]) => word.repeat(count)),
);
const block: fc.Arbitrary<DocumentBlock> = fc.oneof(
  fc.record({ kind: fc.constant('paragraph' as const), text }),
  fc.record({ kind: fc.constant('bullets' as const), items: fc.array(text, { maxLength: 130 }) }),
  fc.integer({ min: 0, max: 12 }).chain((width) =>
    fc.record({
      kind: fc.constant('table' as const),
      columns: fc.array(fc.record({ label: text, align: fc.constantFrom('start' as const, 'end' as const) }), {
        minLength: width,
        maxLength: width,
      }),
      // Also rows that are not as wide as they should be.
      rows: fc.array(fc.array(text, { maxLength: 14 }), { maxLength: 220 }),
    }),
  ),
  fc.record({
    kind: fc.constant('link' as const),
    text,
    href: fc.oneof(
      fc.webUrl(),
      fc.constantFrom('/accounts/a', '//evil.example', 'javascript:alert(1)', 'data:text/html,x', '/\\evil', ''),
    ),
  }),
);
const document: fc.Arbitrary<StructuredDocument> = fc.record({
  title: text,
  sections: fc.array(fc.record({ heading: text, blocks: fc.array(block, { maxLength: 6 }) }), { maxLength: 4 }),
});
const deskUrl = 'https://headroom.example';

describe('the blocks of a document', () => {
  it('fit into requests that Notion takes, whatever the document', () => {
    fc.assert(
      fc.property(document, (given) => {
        for (const chunk of chunkBlocks(documentBlocks(given, { deskUrl }))) {
          // The strict server's own rules.
          expect(checkBlocks(chunk)).toHaveLength(chunk.length);
          expect(Buffer.byteLength(JSON.stringify({ children: chunk }))).toBeLessThan(500_000);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('lose nothing but control characters, and keep their order', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (paragraphs) => {
        const given = {
          title: '',
          sections: [{ heading: '', blocks: paragraphs.map((words) => ({ kind: 'paragraph' as const, text: words })) }],
        };
        const blocks = chunkBlocks(documentBlocks(given, { deskUrl })).flat() as {
          paragraph: { rich_text: { text: { content: string } }[] };
        }[];
        const written = blocks
          .flatMap(({ paragraph }) => paragraph.rich_text.map((piece) => piece.text.content))
          .join('');
        const kept = paragraphs
          .join('')
          .replace(/\r\n?/g, '\n')
          .replace(/[\p{Cc}\p{Cs}]/gu, (one) => (one === '\n' || one === '\t' ? one : ''));
        // A pair of halves that two paragraphs brought together would be another text: compare without them.
        expect(written).toBe(
          paragraphs
            .map((words) =>
              words
                .replace(/\r\n?/g, '\n')
                .replace(/[\p{Cc}\p{Cs}]/gu, (one) => (one === '\n' || one === '\t' ? one : '')),
            )
            .join(''),
        );
        expect(written.length).toBeLessThanOrEqual(kept.length + 1);
      }),
      { numRuns: 100 },
    );
  });

  it('link only to https and to the desk', () => {
    const links = [
      'https://a.example/x',
      'http://a.example',
      '/accounts/a',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      'data:text/html,x',
    ];
    const given = {
      title: '',
      sections: [{ heading: '', blocks: links.map((href) => ({ kind: 'link' as const, text: 'x', href })) }],
    };
    const hrefs = (url: string | null) =>
      documentBlocks(given, { deskUrl: url }).map(
        (each) =>
          (each as unknown as { paragraph: { rich_text: { text: { link?: { url: string } } }[] } }).paragraph
            .rich_text[0]?.text.link?.url ?? null,
      );
    expect(hrefs(deskUrl)).toEqual([
      'https://a.example/x',
      null,
      'https://headroom.example/accounts/a',
      null,
      null,
      null,
      null,
    ]);
    expect(hrefs(null)).toEqual(['https://a.example/x', null, null, null, null, null, null]);
  });
});

describe('rich text', () => {
  it('cuts what no property holds, and says so with «…»', () => {
    const pieces = richText('x'.repeat(2_000 * 100 + 1));
    expect(pieces).toHaveLength(100);
    expect(pieces[99]?.text.content).toMatch(/x…$/);
    expect(pieces.every(({ text: { content } }) => content.length <= 2_000)).toBe(true);
    expect(richText('')).toEqual([]);
  });
});
