import { ApiError, loadContracts } from '@/app/_lib/api-client';
import type { ImportResult, Problem } from '@/lib/contracts';

interface Upload {
  /** Path of the import, with its mapping. */
  url: string;
  file: File;
  contentType: string;
  /** Told the share of the file that was sent, 0–1. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

/**
 * Sends a file as it is, from the disk. `fetch` cannot tell how far it has come, so this is an XMLHttpRequest.
 * @throws ApiError; a DOMException named `AbortError` where it was stopped.
 */
export async function uploadFile(upload: Upload): Promise<ImportResult> {
  const [answer, contracts] = await Promise.all([send(upload), loadContracts()]);
  const body = parse(answer.text);
  const result = contracts.importResult.safeParse(body);
  if (answer.status < 300 && result.success) return result.data;
  const known = contracts.problem.safeParse(body);
  throw new ApiError(
    known.success
      ? known.data
      : { type: 'about:blank', title: `The server answered ${answer.status}.`, status: answer.status, code: 'unknown' },
  );
}

function send({ url, file, contentType, onProgress, signal }: Upload): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('content-type', contentType);
    request.setRequestHeader('accept', 'application/json');
    request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(new ApiError(BROKEN_OFF));
    request.onabort = () => reject(new DOMException('The import was stopped.', 'AbortError'));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

const BROKEN_OFF: Problem = {
  type: 'about:blank',
  title: 'The connection broke off.',
  status: 0,
  code: 'unreachable',
  remedy: 'Import the file again: rows that are in already are recognised.',
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
