import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StructuredDocument } from '../../../lib/domain/document';
import { toMarkdown } from '../../../lib/domain/markdown';

/** Text made of what Markdown, HTML and tables are made of. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          '\\',
          '`',
          '*',
          '_',
          '[',
          ']',
          '(',
          ')',
          '<',
          '>',
          '|',
          '~',
          '&',
          '$',
          '#',
          '+',
          '-',
          '=',
          '!',
          '\n',
          '\r',
          ' ',
          '\t',
        ],
        ...[
          'http://evil.example',
          'www.evil.example',
          '<script>',
          '](javascript:x)',
          '\n\n# ',
          '\n| a |',
          '```',
          '1. ',
          '- ',
          '&lt;',
        ],
        ...['\u2028', '\u202e', '\u0000', '---', '===', '![x](y)', '$$x$$', 'a', '7', '.'],
      ),
      fc.string({ maxLength: 6 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** What a reader of CommonMark makes of a line that holds nothing but text; throws where it holds anything else. */
function decode(line: string): string {
  let text = '';
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    const entity = /^&(amp|lt|gt|#124);/.exec(line.slice(at));
    if (character === '\\' && /[!-/:-@[-`{-~]/.test(line.charAt(at + 1))) {
      text += line.charAt(at + 1);
      at += 1;
    } else if (entity) {
      text += { amp: '&', lt: '<', gt: '>', '#124': '|' }[entity[1] ?? ''] ?? '';
      at += entity[0].length - 1;
    } else if (/[\\`*_[\]<>|~&$]/.test(character)) {
      throw new Error(`${JSON.stringify(character)} stands for itself in ${JSON.stringify(line)}`);
    } else text += character;
  }
  return text;
}

/** What the text says on one line. */
function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

function documentOf(blocks: StructuredDocument['sections'][number]['blocks'], heading = 'H'): string {
  return toMarkdown({ title: 'T', sections: [{ heading, blocks }] });
}

describe('Markdown', () => {
  it('says what the text says and nothing else, in a paragraph', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const written = documentOf([{ kind: 'paragraph', text }]);
        const lines = written.split('\n');
        if (plain(text) === '') {
          expect(lines).toEqual(['# T', '', '## H', '']);
          return;
        }
        expect(lines).toEqual(['# T', '', '## H', '', lines[4], '']);
        const [, , , , line = ''] = lines;
        expect(decode(line)).toBe(plain(text));
        // Nothing that begins a heading, a list, a quote, a rule or code.
        expect(line).not.toMatch(/^(#|[-+*=]|\d{1,9}[.)](\s|$)|>|~~~|```| {4}|\t)/);
        expect(line).not.toMatch(/(?<!\\):\/\//);
        expect(line).not.toMatch(/www\./i);
      }),
    );
  });

  it('keeps a table a table, however many cells come', () => {
    const rows = fc.array(fc.array(hostile, { maxLength: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 3 }), rows, (labels, cells) => {
        const columns = labels.map((label, index) => ({
          label,
          align: index % 2 === 0 ? ('start' as const) : ('end' as const),
        }));
        const lines = documentOf([{ kind: 'table', columns, rows: cells }])
          .split('\n')
          .slice(4, -1);
        expect(lines).toHaveLength(2 + cells.length);
        const cut = (line: string) => line.slice(2, -2).split(' | ');
        for (const line of lines) expect(cut(line)).toHaveLength(columns.length);
        expect(cut(lines[0] ?? '').map((cell) => decode(cell).trim())).toEqual(labels.map(plain));
        expect(lines[1]).toMatch(/^\|( -{3}:? \|)+$/);
        for (const [index, row] of cells.entries()) {
          expect(cut(lines[index + 2] ?? '').map((cell) => decode(cell).trim())).toEqual(
            columns.map((_, column) => plain(row[column] ?? '')),
          );
        }
      }),
    );
  });

  it('keeps headings and items on their line', () => {
    fc.assert(
      fc.property(hostile, fc.array(hostile, { minLength: 1, maxLength: 3 }), (heading, items) => {
        const lines = documentOf([{ kind: 'bullets', items }], heading).split('\n');
        expect(lines).toHaveLength(5 + items.length);
        expect(decode((lines[2] ?? '').slice(3))).toBe(plain(heading));
        expect(lines[2]).not.toMatch(/[^\\]#+$/);
        for (const [index, item] of items.entries()) {
          const line = lines[4 + index] ?? '';
          expect(line.startsWith('- ')).toBe(true);
          expect(decode(line.slice(2))).toBe(plain(item));
          expect(line.slice(2)).not.toMatch(/^(#|[-+*=]|\d{1,9}[.)](\s|$)|>)/);
        }
      }),
    );
  });

  it.each([
    ['https://desk.example/reviews/1', '[x](<https://desk.example/reviews/1>)'],
    ['/reviews/1?a=b', '[x](</reviews/1?a=b>)'],
    ['javascript:alert(1)', 'x'],
    ['//evil.example', 'x'],
    ['data:text/html,x', 'x'],
    ['https://desk.example/a>b <c', '[x](<https://desk.example/a%3Eb%20%3Cc>)'],
    ['https://desk.example/a)b', '[x](<https://desk.example/a)b>)'],
    ['', 'x'],
  ])('links to %j as %j', (href, expected) => {
    expect(documentOf([{ kind: 'link', text: 'x', href }]).split('\n')[4]).toBe(expected);
  });

  it('never lets a link out of its brackets', () => {
    fc.assert(
      fc.property(hostile, hostile, (text, rest) => {
        const line = documentOf([{ kind: 'link', text, href: `https://desk.example/${rest}` }]).split('\n')[4] ?? '';
        expect(line).toMatch(/^\[(\\.|[^[\]\\])*\]\(<https:\/\/desk\.example\/[^<>\s]*>\)$/);
      }),
    );
  });
});
