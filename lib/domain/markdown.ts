import type { DocumentBlock, StructuredDocument } from './document';

/**
 * A document as GitHub Flavored Markdown. All text in it is data: nothing that a name or a sentence contains becomes
 * structure, a link, an image or HTML.
 */
export function toMarkdown({ title, sections }: StructuredDocument): string {
  const parts = [`# ${atEnd(inline(title)) || 'Untitled'}`];
  for (const { heading, blocks } of sections) {
    parts.push(`## ${atEnd(inline(heading))}`);
    for (const block of blocks) {
      const written = blockOf(block);
      if (written !== '') parts.push(written);
    }
  }
  return `${parts.join('\n\n')}\n`;
}

function blockOf(block: DocumentBlock): string {
  switch (block.kind) {
    case 'paragraph':
      return atStart(inline(block.text));
    case 'bullets':
      return block.items.map((item) => `- ${atStart(inline(item))}`).join('\n');
    case 'table':
      return tableOf(block);
    case 'link':
      return linkOf(block);
  }
}

function tableOf({ columns, rows }: Extract<DocumentBlock, { kind: 'table' }>): string {
  if (columns.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell || ' ').join(' | ')} |`;
  return [
    line(columns.map(({ label }) => inline(label))),
    line(columns.map(({ align }) => (align === 'end' ? '---:' : '---'))),
    // A row has as many cells as there are columns, whatever came in.
    ...rows.map((row) => line(columns.map((_, index) => inline(row[index] ?? '')))),
  ].join('\n');
}

function linkOf({ text, href }: Extract<DocumentBlock, { kind: 'link' }>): string {
  const address = addressOf(href);
  return address === null ? inline(text) : `[${inline(text)}](<${address}>)`;
}

/** Null for what is neither a web address nor a path of the desk. */
function addressOf(href: string): string | null {
  if (!/^(https?:\/\/|\/(?!\/))/i.test(href) || !URL.canParse(href, 'https://desk.invalid')) return null;
  const url = new URL(href, 'https://desk.invalid');
  const written = /^https?:/i.test(href) ? url.href : `${url.pathname}${url.search}${url.hash}`;
  // Between angle brackets all but these is taken as it is.
  return written.replace(/[<>\\|\s]/g, encodeURIComponent);
}

/** Marks that can mean something anywhere in a line, and how each is written so that it means itself. */
const MARKS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  // A backslash would do outside tables; this does everywhere.
  '|': '&#124;',
  '\\': '\\\\',
  '`': '\\`',
  '*': '\\*',
  _: '\\_',
  '[': '\\[',
  ']': '\\]',
  '~': '\\~',
  $: '\\$',
};

/**
 * Text on one line in which every mark is escaped, as CommonMark 0.31 and its extensions by GitHub read it, and what would
 * be taken for an address.
 */
function inline(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .replace(/[&<>|\\`*_[\]~$]/g, (mark) => MARKS[mark] ?? mark)
    .replace(/:\/\//g, '\\://')
    .replace(/(www)\./gi, '$1\\.');
}

/** The same at the start of a line, where a few marks more would begin a heading, a list or a rule. */
function atStart(text: string): string {
  return text.replace(/^[#+=-]/, '\\$&').replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2');
}

/** The same at the end of a heading, where number signs would close it. */
function atEnd(text: string): string {
  return text.replace(/#(?=#*$)/g, '\\#');
}
