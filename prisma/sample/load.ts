import type { ImportStore } from '../../lib/db/import-store';
import { AppError } from '../../lib/errors';
import { type ImportOutcome, importFile } from '../../lib/importer';
import { generateSamplePortfolio } from './generate';

const PIECE_CHARACTERS = 64 * 1024;

/**
 * Loads the sample portfolio through the import that users have. Again on the same day, it changes nothing.
 * @returns the outcome of the accounts file.
 */
export async function loadSamplePortfolio(options: {
  store: ImportStore;
  now: Date;
  rejectedDirectory: string;
  seed?: number;
}): Promise<ImportOutcome> {
  const { store, now, rejectedDirectory } = options;
  const sample = generateSamplePortfolio(options);
  const load = async (kind: 'catalogue' | 'accounts' | 'usage') => {
    const outcome = await importFile({
      kind,
      format: 'csv',
      body: bytesOf(sample[kind]),
      store,
      now,
      rejectedDirectory,
    });
    if (outcome.errorCount > 0) {
      throw new AppError('internal', `The sample ${kind} file has errors: ${outcome.errors[0]?.message ?? ''}`);
    }
    return outcome;
  };
  await load('catalogue');
  const accounts = await load('accounts');
  await load('usage');
  return accounts;
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (let at = 0; at < text.length; at += PIECE_CHARACTERS)
    yield encoder.encode(text.slice(at, at + PIECE_CHARACTERS));
}
