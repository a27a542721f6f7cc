import type { BlockObjectRequest } from '@notionhq/client';
import type { DocumentBlock, StructuredDocument } from '../../domain/document';

export type BlockRequest = BlockObjectRequest;

/** https://developers.notion.com/reference/request-limits */
const MAX_TEXT = 2_000;
const MAX_PIECES = 100;
const MAX_CHILDREN = 100;
const MAX_ELEMENTS = 1_000;
/** Of 500 KB, with room for what surrounds the blocks. */
const MAX_BYTES = 450_000;

/** A paragraph of this many pieces is some 240 KB in the widest letters; what is longer goes on in the next block. */
const PIECES_A_BLOCK = 40;
/** Of one table; its rows go on in another one with the same header. */
const TABLE_BYTES = 200_000;
const ROWS_A_TABLE = MAX_CHILDREN - 1;
const CELL_PIECES = 2;

interface TextPiece {
  type: 'text';
  text: { content: string; link?: { url: string } };
}

/** Text as Notion takes it, in pieces of up to 2,000 characters; what no property holds any more ends in «…». */
export function richText(text: string, maxPieces: number = MAX_PIECES): TextPiece[] {
  const pieces = splitText(printable(text), MAX_TEXT);
  if (pieces.length > maxPieces) {
    pieces.length = maxPieces;
    pieces[maxPieces - 1] = `${withoutHalf((pieces[maxPieces - 1] ?? '').slice(0, MAX_TEXT - 1))}…`;
  }
  return pieces.map((content) => ({ type: 'text', text: { content } }));
}

export interface DocumentOptions {
  /** Where people open the desk, for links that are paths of it; null leaves their text alone. */
  deskUrl: string | null;
}

/** The content of a page, without its title. Every block fits into a request on its own. */
export function documentBlocks({ sections }: StructuredDocument, options: DocumentOptions): BlockRequest[] {
  return sections.flatMap(({ heading, blocks }) => [
    ...(heading === '' ? [] : [{ type: 'heading_2', heading_2: { rich_text: richText(heading, 1) } } as const]),
    ...blocks.flatMap((block) => toBlocks(block, options)),
  ]);
}

/** Blocks in the requests that take them: up to 100 blocks, 1,000 with what is in them, and 500 KB each. */
export function chunkBlocks(blocks: readonly BlockRequest[]): BlockRequest[][] {
  const chunks: BlockRequest[][] = [];
  let chunk: BlockRequest[] = [];
  let elements = 0;
  let bytes = 0;
  for (const block of blocks) {
    const more = { elements: elementsOf(block), bytes: bytesOf(block) };
    const full =
      chunk.length >= MAX_CHILDREN || elements + more.elements > MAX_ELEMENTS || bytes + more.bytes > MAX_BYTES;
    if (full && chunk.length > 0) {
      chunks.push(chunk);
      [chunk, elements, bytes] = [[], 0, 0];
    }
    chunk.push(block);
    elements += more.elements;
    bytes += more.bytes;
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}

function toBlocks(block: DocumentBlock, options: DocumentOptions): BlockRequest[] {
  switch (block.kind) {
    case 'paragraph':
      return inBlocks(block.text).map((rich_text) => ({ type: 'paragraph', paragraph: { rich_text } }));
    case 'bullets':
      return block.items.flatMap((item) =>
        inBlocks(item).map((rich_text) => ({ type: 'bulleted_list_item', bulleted_list_item: { rich_text } }) as const),
      );
    case 'table':
      return toTables(block);
    case 'link':
      return [{ type: 'paragraph', paragraph: { rich_text: linked(block.text, addressOf(block.href, options)) } }];
  }
}

function inBlocks(text: string): TextPiece[][] {
  const pieces = splitText(printable(text), MAX_TEXT).map(
    (content): TextPiece => ({ type: 'text', text: { content } }),
  );
  const blocks: TextPiece[][] = [];
  for (let from = 0; from < pieces.length; from += PIECES_A_BLOCK)
    blocks.push(pieces.slice(from, from + PIECES_A_BLOCK));
  return blocks;
}

function toTables({ columns, rows }: Extract<DocumentBlock, { kind: 'table' }>): BlockRequest[] {
  if (columns.length === 0) return [];
  const toRow = (cells: readonly string[]) => ({
    type: 'table_row' as const,
    // Notion refuses a row that has not as many cells as the table is wide.
    table_row: { cells: columns.map((_, index) => richText(cells[index] ?? '', CELL_PIECES)) },
  });
  const header = toRow(columns.map(({ label }) => label));
  const tables: BlockRequest[] = [];
  let children = [header];
  let bytes = bytesOf(header);
  const close = () => {
    tables.push({
      type: 'table',
      table: { table_width: columns.length, has_column_header: true, has_row_header: false, children },
    });
    [children, bytes] = [[header], bytesOf(header)];
  };
  for (const cells of rows) {
    const row = toRow(cells);
    const size = bytesOf(row);
    if (children.length > 1 && (children.length > ROWS_A_TABLE || bytes + size > TABLE_BYTES)) close();
    children.push(row);
    bytes += size;
  }
  close();
  return tables;
}

function linked(text: string, url: string | null): TextPiece[] {
  const pieces = richText(text, PIECES_A_BLOCK);
  if (url === null) return pieces;
  return pieces.map(({ text: { content } }) => ({ type: 'text', text: { content, link: { url } } }));
}

/** An address that a reader of the page may follow: `https:`, or of the desk; nothing else becomes a link. */
function addressOf(href: string, { deskUrl }: DocumentOptions): string | null {
  const isPath = /^\/(?![/\\])/.test(href);
  if (isPath && deskUrl === null) return null;
  if (!isPath && !/^https:\/\//i.test(href)) return null;
  if (!URL.canParse(href, deskUrl ?? undefined)) return null;
  const url = new URL(href, deskUrl ?? undefined).href;
  return url.length <= MAX_TEXT ? url : null;
}

/** Without the control characters that Notion and everybody's eyes could do without; lines stay lines. */
function printable(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\p{Cc}\p{Cs}]/gu, (character) => (character === '\n' || character === '\t' ? character : ''));
}

/** Pieces of up to `size` UTF-16 units, none of which ends in half a character; a space is the better place to break. */
function splitText(text: string, size: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > size) {
    const piece = withoutHalf(rest.slice(0, size));
    const space = piece.lastIndexOf(' ');
    const end = space > size / 2 ? space + 1 : piece.length;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  if (rest !== '') pieces.push(rest);
  return pieces;
}

function withoutHalf(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}

function elementsOf(block: BlockRequest): number {
  return 1 + ('table' in block && block.table ? block.table.children.length : 0);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value), 'utf8');
}
