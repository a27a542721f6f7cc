// npm run import -- accounts.csv [--kind accounts|catalogue|usage] [--format csv|json] [--map "Company=name,Seats=seats_purchased"]
// Exit code 0: every row is in; 1: some rows were rejected; 2: the file or the command could not be used.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '../lib/config';
import type { ImportKind, ImportResult } from '../lib/contracts';
import { AppError, isAppError } from '../lib/errors';
import { createRuntime, type Runtime } from '../lib/runtime';

const USAGE =
  'Usage: npm run import -- <file> [--kind accounts|catalogue|usage] [--format csv|json] [--map "Company=name,Notes="]';
const ERRORS_SHOWN = 50;

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(isAppError(error) ? [error.message, error.remedy].filter(Boolean).join('\n') : error);
  return 2;
});

async function main(args: string[]): Promise<number> {
  const { file, kind, format, mapping } = readArguments(args);
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw new AppError('invalid_input', `There is no file ${file}.`, { remedy: USAGE });
  const runtime = await createRuntime({ ...loadConfig(), logLevel: 'warn' });
  try {
    const showRows = (rows: number) => process.stderr.write(`\r${rows.toLocaleString('en')} rows`);
    const result = await runtime.desk.importFile({
      kind,
      format,
      mapping,
      body: createReadStream(file),
      ...(process.stderr.isTTY && { onProgress: showRows }),
    });
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    console.log(describe(path.basename(file), result, path.join(runtime.config.dataDir, 'imports')));
    if (result.runId) console.log(await scanned(runtime, result.runId));
    return result.errorCount > 0 ? 1 : 0;
  } finally {
    await runtime.stop();
  }
}

/** Waits for the scan of what came in, and says what it found. */
async function scanned(runtime: Runtime, runId: string): Promise<string> {
  for (;;) {
    const run = await runtime.reads.getRun(runId);
    if (run.finishedAt) {
      const { scored = 0, failed = 0, created = 0 } = run.counts;
      return `Scan ${run.state}: ${scored} scored, ${failed} could not be scored, ${created} new opportunities.`;
    }
    await setTimeout(200);
  }
}

function readArguments(args: string[]) {
  const { values, positionals } = parse(args);
  const [file, ...more] = positionals;
  const kind = values.kind ?? 'accounts';
  const format = values.format ?? (file?.toLowerCase().endsWith('.json') ? 'json' : 'csv');
  if (!file || more.length > 0) throw new AppError('invalid_input', 'Name one file to import.', { remedy: USAGE });
  if (!isKind(kind)) throw new AppError('invalid_input', `--kind ${kind} is not known.`, { remedy: USAGE });
  if (format !== 'csv' && format !== 'json') {
    throw new AppError('invalid_input', `--format ${format} is not known.`, { remedy: USAGE });
  }
  return { file, kind, format, mapping: readMapping(values.map ?? []) } as const;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { kind: { type: 'string' }, format: { type: 'string' }, map: { type: 'string', multiple: true } },
    });
  } catch (cause) {
    throw new AppError('invalid_input', (cause as Error).message, { cause, remedy: USAGE });
  }
}

function isKind(kind: string): kind is ImportKind {
  return kind === 'accounts' || kind === 'catalogue' || kind === 'usage';
}

/** `Company=name,Notes=`: the file's column, then ours; nothing after the sign leaves the column out. */
function readMapping(texts: readonly string[]): Record<string, string | null> {
  const pairs = texts.flatMap((text) => text.split(',')).filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=');
      if (at < 1)
        throw new AppError('invalid_input', `--map "${pair}" is not «file column=our column».`, { remedy: USAGE });
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim() || null];
    }),
  );
}

function describe(name: string, outcome: ImportResult, rejectedDirectory: string): string {
  const count = (rows: number) => rows.toLocaleString('en');
  const lines = [
    `${name}: ${count(outcome.created)} created, ${count(outcome.updated)} updated, ${count(outcome.unchanged)} unchanged, ${count(outcome.rejectedRows)} rejected.`,
  ];
  for (const error of outcome.errors.slice(0, ERRORS_SHOWN)) {
    lines.push(`  line ${error.line}${error.column ? `, column ${error.column}` : ''}: ${error.message}`);
  }
  if (outcome.errorCount > ERRORS_SHOWN) lines.push(`  … and ${count(outcome.errorCount - ERRORS_SHOWN)} more.`);
  if (outcome.rejectedCsv) {
    const importId = outcome.rejectedCsv.split('/').at(-2);
    lines.push(`Mend and import again: ${path.join(rejectedDirectory, `${importId}.csv`)}`);
  }
  return lines.join('\n');
}
