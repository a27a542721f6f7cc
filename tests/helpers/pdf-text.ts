import { inflateSync } from 'node:zlib';

export interface PdfText {
  pages: number;
  /** Everything that is written on them, without any blanks: where one word ends is a matter of places in a PDF. */
  text: string;
}

/** Reads the text of a PDF as Chromium prints it: hexadecimal codes, and a table to Unicode beside each font. */
export function readPdf(file: Buffer): PdfText {
  const objects = new Map<string, Buffer>();
  const whole = file.toString('latin1');
  for (const { 1: id = '', index, 0: head } of whole.matchAll(/\b(\d+) 0 obj\b/g)) {
    const start = index + head.length;
    objects.set(id, file.subarray(start, whole.indexOf('endobj', start)));
  }
  const fonts = new Map<string, Map<string, string>>();
  for (const [, name = '', id = ''] of whole.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
    const table = /\/ToUnicode (\d+) 0 R/.exec(objects.get(id)?.toString('latin1') ?? '')?.[1];
    if (table !== undefined) fonts.set(name, readTable(streamOf(objects.get(table))));
  }
  let pages = 0;
  let text = '';
  for (const object of objects.values()) {
    const dictionary = object.toString('latin1', 0, 4_000);
    if (/\/Type \/Page\b/.test(dictionary)) pages += 1;
    const content = streamOf(object);
    if (/\bT[jJ]\b/.test(content)) text += readContent(content, fonts);
  }
  return { pages, text: text.normalize('NFKC').replace(/\s/gu, '') };
}

function streamOf(object: Buffer | undefined): string {
  const at = object?.indexOf('stream') ?? -1;
  if (!object || at < 0 || !object.toString('latin1', 0, at).includes('/FlateDecode')) return '';
  const start = at + 'stream'.length + (object[at + 6] === 0x0d ? 2 : 1);
  try {
    return inflateSync(object.subarray(start)).toString('latin1');
  } catch {
    // A font or a picture in a format of its own.
    return '';
  }
}

function readTable(table: string): Map<string, string> {
  const codes = new Map<string, string>();
  const unicode = (hex: string) => Buffer.from(hex, 'hex').swap16().toString('utf16le');
  for (const [, lines = ''] of table.matchAll(/beginbfchar(.*?)endbfchar/gs)) {
    for (const [, code = '', to = ''] of lines.matchAll(/<(\w+)> <(\w+)>/g)) codes.set(code, unicode(to));
  }
  for (const [, lines = ''] of table.matchAll(/beginbfrange(.*?)endbfrange/gs)) {
    for (const [, first = '', last = '', to = ''] of lines.matchAll(/<(\w+)> <(\w+)> <(\w+)>/g)) {
      for (let step = 0; step <= Number.parseInt(last, 16) - Number.parseInt(first, 16); step += 1) {
        const code = (Number.parseInt(first, 16) + step).toString(16).toUpperCase().padStart(first.length, '0');
        codes.set(code, String.fromCodePoint(Number.parseInt(to, 16) + step));
      }
    }
  }
  return codes;
}

function readContent(content: string, fonts: Map<string, Map<string, string>>): string {
  let text = '';
  let codes = new Map<string, string>();
  for (const [, font, hex = ''] of content.matchAll(/\/(F\d+) [\d.]+ Tf|<([0-9A-F]+)>/g)) {
    if (font !== undefined) {
      codes = fonts.get(font) ?? new Map();
      continue;
    }
    const [first = ''] = codes.keys();
    for (let at = 0; at < hex.length; at += first.length || 2)
      text += codes.get(hex.slice(at, at + (first.length || 2))) ?? '';
  }
  return text;
}
