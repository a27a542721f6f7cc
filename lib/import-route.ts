import * as z from 'zod';
import { type ImportKind, importQuery } from './contracts';
import { AppError } from './errors';
import { json, withRoute } from './http';

/** Largest file over HTTP, in bytes: a million rows. Larger ones go in by the command line. */
const MAX_BYTES = 512 * 1024 * 1024;

const mapping = z.record(z.string().max(200), z.string().max(100).nullable());

/** `POST /api/v1/{kind}/import` with `text/csv` or JSON; the body is streamed, never held. */
export function importRoute(kind: ImportKind) {
  return withRoute(`POST /api/v1/${kind}/import`, { query: importQuery }, async ({ runtime, request, query, note }) => {
    if (!request.body) throw new AppError('invalid_input', 'There is no file in the body.');
    const parsed = query.mapping === undefined ? undefined : readMapping(query.mapping);
    const result = await runtime.desk.importFile({
      kind,
      format: formatOf(request.headers.get('content-type') ?? ''),
      body: limited(request.body),
      ...(parsed ? { mapping: parsed } : {}),
    });
    const { created, updated, unchanged, rejectedRows } = result;
    note({ created, updated, unchanged, rejectedRows });
    return json(result);
  });
}

function formatOf(contentType: string): 'csv' | 'json' {
  if (/^(text\/(csv|plain|tab-separated-values)|application\/(csv|vnd\.ms-excel))\b/i.test(contentType)) return 'csv';
  if (/^application\/json\b/i.test(contentType)) return 'json';
  throw new AppError('unsupported_media_type', 'Send the file as text/csv or application/json.');
}

function readMapping(text: string): Record<string, string | null> {
  try {
    return mapping.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError('invalid_input', 'mapping is not a JSON object of file column to column.', {
      cause,
      issues: [{ path: 'mapping', message: 'must be like {"Company":"name","Notes":null}' }],
    });
  }
}

/** Whatever ends the import early, the upload is read to its end: answered before that, its connection would be stuck. */
async function* limited(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let size = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.byteLength;
      if (size > MAX_BYTES) {
        throw new AppError('payload_too_large', `The file is larger than ${MAX_BYTES / 1024 / 1024} MB.`, {
          remedy: 'Import it on the server with npm run import.',
        });
      }
      yield part.value;
    }
  } finally {
    let part = await reader.read().catch(() => null);
    while (part && !part.done) part = await reader.read().catch(() => null);
  }
}
