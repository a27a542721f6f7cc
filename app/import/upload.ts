import { ApiError } from '@/app/_lib/api-client';
import { type ImportResult, importResult, type Problem, problem } from '@/lib/contracts';

interface Upload {
  /** Path of the import, with its mapping. */
  url: string;
  file: File;
  contentType: string;
  /** Told the share of the file that was sent, 0–1. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

/** Sends a file as it is, from the disk. `fetch` cannot tell how far it has come, so this is an XMLHttpRequest. */
export function uploadFile({ url, file, contentType, onProgress, signal }: Upload): Promise<ImportResult> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (document: Problem) => reject(new ApiError(document));
    request.open('POST', url);
    request.setRequestHeader('content-type', contentType);
    request.setRequestHeader('accept', 'application/json');
    request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () =>
      fail({
        type: 'about:blank',
        title: 'The connection broke off.',
        status: 0,
        code: 'unreachable',
        remedy: 'Import the file again: rows that are in already are recognised.',
      });
    request.onabort = () => reject(new DOMException('The import was stopped.', 'AbortError'));
    request.onload = () => {
      const body = parse(request.responseText);
      const result = importResult.safeParse(body);
      if (request.status < 300 && result.success) {
        resolve(result.data);
        return;
      }
      const known = problem.safeParse(body);
      fail(
        known.success
          ? known.data
          : {
              type: 'about:blank',
              title: `The server answered ${request.status}.`,
              status: request.status,
              code: 'unknown',
            },
      );
    };
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
