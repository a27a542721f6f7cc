import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/** A file in an archive. Names are relative, with forward slashes. */
export interface ArchiveEntry {
  name: string;
  size: number;
  content: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
const NAME_BYTES = 100;
const OCTAL_LIMIT = 8 ** 11;

/** The archive is not one, or not whole. */
export class ArchiveError extends Error {
  override name = 'ArchiveError';
}

/** Writes files as a tar archive (ustar), which any `tar` can open; sizes past 8 GiB as GNU tar writes them. */
export async function* packTar(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Uint8Array> {
  for await (const { name, size, content } of entries) {
    yield header(name, size);
    let written = 0;
    for await (const chunk of content) {
      written += chunk.byteLength;
      yield chunk;
    }
    if (written !== size) throw new ArchiveError(`${name} changed while it was read.`);
    if (size % BLOCK > 0) yield new Uint8Array(BLOCK - (size % BLOCK));
  }
  yield new Uint8Array(2 * BLOCK);
}

/**
 * Reads a tar archive that {@link packTar} wrote. Each entry's content must be read to its end before the next one.
 * @throws ArchiveError where the archive is cut off or holds anything but plain files of plain names.
 */
export async function* unpackTar(archive: Readable): AsyncGenerator<ArchiveEntry> {
  const reader = createReader(archive);
  for (;;) {
    const block = await reader.exactly(BLOCK);
    if (block.every((byte) => byte === 0)) {
      const last = await reader.exactly(BLOCK);
      if (!last.every((byte) => byte === 0)) throw new ArchiveError('The archive does not end as it should.');
      return;
    }
    const { name, size } = readHeader(block);
    let left = size;
    const content = async function* () {
      while (left > 0) {
        const chunk = await reader.upTo(left);
        left -= chunk.byteLength;
        yield chunk;
      }
      if (size % BLOCK > 0) await reader.exactly(BLOCK - (size % BLOCK));
    };
    yield { name, size, content: content() };
    if (left > 0) throw new ArchiveError(`${name} was not read to its end.`);
  }
}

/** Passes chunks on and computes their length and their SHA-256, in hexadecimal, which are known at the end. */
export function createDigest() {
  const hash = createHash('sha256');
  const digest = {
    size: 0,
    sha256: '',
    async *through(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of content) {
        hash.update(chunk);
        digest.size += chunk.byteLength;
        yield chunk;
      }
      digest.sha256 = hash.digest('hex');
    },
  };
  return digest;
}

function header(name: string, size: number): Uint8Array {
  if (Buffer.byteLength(name) > NAME_BYTES) throw new ArchiveError(`The name ${name} is too long for an archive.`);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write('0000600\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  if (size < OCTAL_LIMIT) block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else {
    block.writeUInt8(0x80, 124);
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write(
    `${Math.floor(Date.now() / 1000)
      .toString(8)
      .padStart(11, '0')}\0`,
    136,
  );
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function readHeader(block: Buffer): { name: string; size: number } {
  if (Number.parseInt(block.toString('latin1', 148, 154), 8) !== checksum(block)) {
    throw new ArchiveError('The archive is damaged, or it is none.');
  }
  const end = block.indexOf(0);
  const name = block.toString('utf8', 0, end < 0 || end > NAME_BYTES ? NAME_BYTES : end);
  const isPlain = block.toString('latin1', 156, 157) === '0' && /^[\w.-]+(\/[\w.-]+)*$/.test(name);
  if (!isPlain || name.split('/').some((part) => part.startsWith('..') || part === '.')) {
    throw new ArchiveError(`The archive holds ${JSON.stringify(name)}, which no backup has.`);
  }
  const size =
    block.readUInt8(124) === 0x80
      ? Number(block.readBigUInt64BE(128))
      : Number.parseInt(block.toString('latin1', 124, 135), 8);
  if (!Number.isSafeInteger(size)) throw new ArchiveError(`The size of ${name} is not readable.`);
  return { name, size };
}

/** Over the header with its own field as blanks. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) sum += at >= 148 && at < 156 ? 32 : (block[at] ?? 0);
  return sum;
}

function createReader(archive: Readable) {
  const chunks = archive[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);

  async function fill(): Promise<void> {
    const { value, done } = await chunks.next();
    if (done) throw new ArchiveError('The archive ends too early: it is not whole.');
    rest = value;
  }

  async function upTo(size: number): Promise<Buffer> {
    while (rest.byteLength === 0) await fill();
    const part = rest.subarray(0, size);
    rest = rest.subarray(part.byteLength);
    return part;
  }

  return {
    upTo,
    async exactly(size: number): Promise<Buffer> {
      const parts: Buffer[] = [];
      for (let left = size; left > 0; ) {
        const part = await upTo(left);
        parts.push(part);
        left -= part.byteLength;
      }
      return Buffer.concat(parts);
    },
  };
}
