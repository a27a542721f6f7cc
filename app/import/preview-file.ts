/** How much of a file is read to show it; the rest goes to the server unread. */
const PREVIEW_BYTES = 256 * 1024;
const PREVIEW_ROWS = 20;

export type ImportFormat = 'csv' | 'json';

export interface FilePreview {
  format: ImportFormat;
  /** In words, e.g. «semicolon-separated». */
  layout: string;
  headers: string[];
  rows: string[][];
  /** Whether the file has more rows than are shown. */
  more: boolean;
}

/** Reads the first rows of a CSV or JSON file. Throws an `Error` whose message says what is wrong and what to do. */
export async function previewFile(file: File): Promise<FilePreview> {
  if (file.size === 0) throw new Error('The file is empty. Choose one with a header line and at least one row.');
  if (/\.xlsx?$/i.test(file.name)) {
    throw new Error('This is an Excel workbook. Save it as «CSV UTF-8» in Excel and choose that file.');
  }
  const text = decode(new Uint8Array(await file.slice(0, PREVIEW_BYTES).arrayBuffer()));
  if (text.includes('\0')) throw new Error('This is not a text file. Choose a CSV or JSON file.');
  const cut = file.size > PREVIEW_BYTES;
  return /\.json$/i.test(file.name) || /^\s*\[/.test(text) ? previewJson(text, cut) : previewCsv(text, cut);
}

const DELIMITER_WORDS: Record<string, string> = {
  ',': 'comma-separated',
  ';': 'semicolon-separated',
  '\t': 'tab-separated',
};

async function previewCsv(text: string, cut: boolean): Promise<FilePreview> {
  const { default: Papa } = await import('papaparse');
  // Excel's own hint about the separator stands above the header.
  const hint = /^sep=(.)(?:\r\n|\n|\r)/i.exec(text);
  const parsed = Papa.parse<string[]>(text.slice(hint?.[0].length ?? 0), {
    preview: PREVIEW_ROWS + 2,
    skipEmptyLines: 'greedy',
    delimitersToGuess: [',', ';', '\t'],
    ...(hint?.[1] === undefined ? {} : { delimiter: hint[1] }),
  });
  const [headers, ...rows] = parsed.data;
  if (headers === undefined || rows.length === 0) {
    throw new Error('The file has a header line but no rows. Add at least one row below it.');
  }
  const names = headers.map((header) => header.trim());
  return {
    format: 'csv',
    layout: DELIMITER_WORDS[parsed.meta.delimiter] ?? 'text',
    headers: names,
    rows: rows.slice(0, PREVIEW_ROWS).map((row) => names.map((_, index) => row[index] ?? '')),
    more: cut || rows.length > PREVIEW_ROWS,
  };
}

/** UTF-8, or UTF-16 where a byte order mark says so (Excel's «Unicode text»); the mark itself is dropped. */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

function previewJson(text: string, cut: boolean): FilePreview {
  const objects = firstObjects(text, PREVIEW_ROWS + 1);
  if (objects.length === 0) {
    throw new Error('No rows found. A JSON file must be an array of objects: [{ "account_id": "…", … }].');
  }
  const headers = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  return {
    format: 'json',
    layout: 'JSON array',
    headers,
    rows: objects.slice(0, PREVIEW_ROWS).map((object) => headers.map((header) => shown(object[header]))),
    more: cut || objects.length > PREVIEW_ROWS,
  };
}

/** The first complete objects of a JSON array of which only the beginning may be there. */
function firstObjects(text: string, limit: number): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  let depth = 0;
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length && found.length < limit; index++) {
    const char = text[index];
    if (quoted) {
      if (char === '\\') index++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' && depth++ === 0) start = index;
    else if (char === '}' && --depth === 0) {
      const object = parseObject(text.slice(start, index + 1));
      if (object === null) return found;
      found.push(object);
    }
  }
  return found;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.join(';');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
