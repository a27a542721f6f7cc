'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { allKeyRoots } from '@/app/_lib/query-keys';
import type { ImportResult } from '@/lib/contracts';
import type { ImportKindInfo } from './columns';
import { type ColumnMapping, mappingParameter, proposeMapping } from './mapping';
import { type FilePreview, previewFile } from './preview-file';
import { uploadFile } from './upload';

export type ImportState =
  | { step: 'choose' }
  | { step: 'reading'; file: File }
  | { step: 'unreadable'; file: File; error: unknown }
  | { step: 'ready'; file: File; preview: FilePreview; mapping: ColumnMapping; error: unknown }
  | { step: 'sending'; file: File; preview: FilePreview; mapping: ColumnMapping; share: number }
  | { step: 'done'; file: File; result: ImportResult };

/** The steps of one import, from the chosen file to what came of it. */
export function useImport(info: ImportKindInfo) {
  const queryClient = useQueryClient();
  const [state, setState] = useState<ImportState>({ step: 'choose' });
  const upload = useRef<AbortController | null>(null);
  useEffect(() => () => upload.current?.abort(), []);

  const choose = async (file: File) => {
    setState({ step: 'reading', file });
    try {
      const preview = await previewFile(file);
      const mapping = proposeMapping(preview.headers, preview.rows, info.columns);
      setState((now) => (isReading(now, file) ? { step: 'ready', file, preview, mapping, error: null } : now));
    } catch (error) {
      setState((now) => (isReading(now, file) ? { step: 'unreadable', file, error } : now));
    }
  };

  const send = async () => {
    if (state.step !== 'ready') return;
    const { file, preview, mapping } = state;
    const told = mappingParameter(mapping);
    const abort = new AbortController();
    upload.current = abort;
    setState({ step: 'sending', file, preview, mapping, share: 0 });
    try {
      const result = await uploadFile({
        url: `${info.endpoint}${told === null ? '' : `?${new URLSearchParams({ mapping: told })}`}`,
        file,
        contentType: preview.format === 'json' ? 'application/json' : 'text/csv',
        onProgress: (share) => setState((now) => (now.step === 'sending' ? { ...now, share } : now)),
        signal: abort.signal,
      });
      setState({ step: 'done', file, result });
      for (const root of allKeyRoots) void queryClient.invalidateQueries({ queryKey: [root] });
    } catch (error) {
      const stopped = abort.signal.aborted;
      setState({ step: 'ready', file, preview, mapping, error: stopped ? new Error(STOPPED) : error });
    }
  };

  return {
    state,
    choose: (file: File) => void choose(file),
    map: (mapping: ColumnMapping) => setState((now) => (now.step === 'ready' ? { ...now, mapping, error: null } : now)),
    send: () => void send(),
    stop: () => upload.current?.abort(),
    reset: () => setState({ step: 'choose' }),
  };
}

const STOPPED = 'You stopped it. Rows that were sent before may be in; importing the file again changes nothing twice.';

function isReading(state: ImportState, file: File): boolean {
  return state.step === 'reading' && state.file === file;
}
