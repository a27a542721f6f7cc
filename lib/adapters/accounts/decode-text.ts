import { AppError } from '../../errors';

/** Bytes decoded at a time: small enough that no step holds the event loop for long. */
const SLICE_BYTES = 64 * 1024;
const SIGNATURE_BYTES = 4;

/**
 * The text of a file, piece by piece. UTF-8 with or without a byte order mark, and UTF-16 with one (Excel's «Unicode
 * text»).
 * @throws AppError `invalid_input` for anything else: another encoding, a workbook, an archive.
 */
export async function* decodeText(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  let start = new Uint8Array(0);
  let line = 1;
  const decode = (bytes: Uint8Array | null): string => {
    decoder ??= chooseDecoder(start);
    try {
      const text = bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
      if (text.includes('\0')) throw notText('It contains NUL characters');
      line += countLines(text);
      return text;
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      line += countLines(textBeforeFault(decoder.encoding, bytes));
      throw new AppError(
        'invalid_input',
        `The file is not valid ${decoder.encoding.toUpperCase()} text, near line ${line}.`,
        {
          cause,
          remedy: 'Save it as «CSV UTF-8 (comma delimited)» in Excel, or export it as UTF-8.',
        },
      );
    }
  };
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      let slice = chunk.subarray(at, at + SLICE_BYTES);
      if (!decoder) {
        start = concat(start, slice);
        if (start.length < SIGNATURE_BYTES) continue;
        slice = start;
      }
      const text = decode(slice);
      if (text !== '') yield text;
    }
  }
  const tail = decoder ? '' : decode(start);
  const rest = tail + decode(null);
  if (rest !== '') yield rest;
}

function chooseDecoder(start: Uint8Array): TextDecoder {
  const [a, b, c, d] = start;
  if (a === 0x50 && b === 0x4b && c === 0x03 && d === 0x04) throw notText('It is an Excel workbook or a zip archive');
  if (a === 0xd0 && b === 0xcf && c === 0x11 && d === 0xe0) throw notText('It is an old Excel workbook');
  if (a === 0x1f && b === 0x8b) throw notText('It is compressed with gzip');
  const encoding = a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding, { fatal: true });
}

function notText(what: string): AppError {
  return new AppError('invalid_input', `The file is not a text file. ${what}.`, {
    remedy: 'Save the sheet as «CSV UTF-8 (comma delimited)» and import that.',
  });
}

function textBeforeFault(encoding: string, bytes: Uint8Array | null): string {
  const text = bytes ? new TextDecoder(encoding).decode(bytes) : '';
  return text.slice(0, Math.max(text.indexOf('\ufffd'), 0));
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
