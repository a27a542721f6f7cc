import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../errors';
import type { DraftLookup, DraftReference, MailDrafts } from '../../ports';
import { buildMime, DISPATCH_HEADER } from './mime';

const PROVIDER = 'eml';

/**
 * Drafts as `.eml` files in `directory`, for a desk without a connected mailbox. The name of a file follows from the
 * Message-ID and a file appears under it whole or not at all, on disk before the call returns: creating the same draft
 * again finds the first one.
 */
export function createEmlDrafts(directory: string, from: string): MailDrafts {
  const fileOf = (draftId: string) => path.join(directory, draftId.slice(0, 2), `${draftId}.eml`);
  const reference = (draftId: string): DraftReference => ({
    provider: PROVIDER,
    draftId,
    location: path.join(draftId.slice(0, 2), `${draftId}.eml`),
  });

  async function find(messageId: string): Promise<DraftLookup> {
    const draftId = draftIdOf(messageId);
    const content = await readIfThere(fileOf(draftId));
    if (!content) return { outcome: 'absent' };
    if (!carries(content, 'Message-ID', `<${messageId}>`)) return { outcome: 'unknown' };
    return { outcome: 'found', draft: reference(draftId) };
  }

  async function read({ draftId }: { draftId: string }): Promise<Buffer | null> {
    return /^[0-9a-f]{64}$/.test(draftId) ? readIfThere(fileOf(draftId)) : null;
  }

  return {
    provider: PROVIDER,
    destination: 'Local drafts (.eml file)',
    settleMs: 0,
    async createDraft(message) {
      const draftId = draftIdOf(message.messageId);
      const target = fileOf(draftId);
      const content = await buildMime(message, from);
      let written: boolean;
      try {
        written = await writeOnce(target, content);
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code;
        throw new AppError('mail_unavailable', `The draft could not be written to the data directory (${code}).`, {
          cause,
          retryable: true,
          remedy: 'Check that the disk of HEADROOM_DATA_DIR is writable and has space.',
        });
      }
      if (!written && !carries(await readFile(target), DISPATCH_HEADER, message.dispatchId)) {
        throw new AppError('mail_rejected', 'Another draft stands where this one should be.', {
          remedy: `Move ${reference(draftId).location} out of the drafts folder and press Retry.`,
        });
      }
      return reference(draftId);
    },
    findDraft: find,
    readDraft: read,
    async locateDraft(draft) {
      return { outcome: (await read(draft)) ? 'local' : 'gone' };
    },
  };
}

function draftIdOf(messageId: string): string {
  return createHash('sha256').update(messageId).digest('hex');
}

/**
 * Writes a file that is either whole and on disk or not there; one that is already there is left as it is.
 * @returns whether it was written.
 */
async function writeOnce(target: string, content: Buffer): Promise<boolean> {
  const directory = path.dirname(target);
  const temporary = path.join(directory, `.${randomUUID()}.tmp`);
  const file = await openNew(temporary);
  let written = true;
  try {
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    written = false;
  } finally {
    await unlink(temporary).catch(() => {});
  }
  await syncFolder(directory);
  return written;
}

/** Opens a file for writing; its folder is there but for the first one in it. */
async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const directory = path.dirname(file);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await syncFolder(path.dirname(directory));
  return open(file, 'wx', 0o600);
}

async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Whether the message's header block has this very header. */
function carries(content: Buffer, name: string, value: string): boolean {
  const end = content.indexOf('\r\n\r\n');
  const header = content
    .subarray(0, end < 0 ? content.length : end)
    .toString('latin1')
    .replace(/\r\n[ \t]+/g, ' ');
  return header.split('\r\n').some((line) => line.toLowerCase() === `${name}: ${value}`.toLowerCase());
}
