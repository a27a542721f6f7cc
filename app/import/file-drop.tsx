'use client';

import clsx from 'clsx';
import { type DragEvent, useState } from 'react';

interface Props {
  file: File | null;
  /** What was found out about the file, e.g. `comma-separated`. */
  note: string | undefined;
  disabled: boolean;
  onFile: (file: File) => void;
}

/** Takes a file by drop or by the system's own dialog. */
export function FileDrop({ file, note, disabled, onFile }: Props) {
  const [over, setOver] = useState(false);
  const drag = (event: DragEvent) => {
    event.preventDefault();
    setOver(!disabled && event.type === 'dragover');
  };
  return (
    <label
      onDragOver={drag}
      onDragLeave={drag}
      onDrop={(event) => {
        drag(event);
        const dropped = event.dataTransfer.files[0];
        if (!disabled && dropped !== undefined) onFile(dropped);
      }}
      className={clsx(
        'flex flex-wrap items-center justify-center gap-x-3 gap-y-1.5 rounded-[10px] border border-dashed px-4 text-center has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus',
        file === null ? 'flex-col py-8' : 'py-3 sm:justify-start sm:text-left',
        over ? 'border-accent bg-accent-soft' : 'border-control',
        disabled ? '' : 'cursor-pointer',
      )}
    >
      <input
        type="file"
        accept=".csv,.tsv,.txt,.json,text/csv,application/json"
        disabled={disabled}
        className="sr-only"
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          // Cleared, so that the same file can be chosen again after it was mended.
          event.target.value = '';
          if (chosen !== undefined) onFile(chosen);
        }}
      />
      {file === null ? (
        <>
          <span className="text-base font-semibold">Drop a CSV or JSON file here</span>
          <span className="text-ink-2">
            or <span className="font-medium text-accent underline underline-offset-2">choose one</span>. Separated by
            commas, semicolons or tabs; any size.
          </span>
        </>
      ) : (
        <>
          <span className="min-w-0 font-semibold break-all">{file.name}</span>
          <span className="text-ink-3">
            {sizeInWords(file.size)}
            {note === undefined ? '' : `, ${note}`}
          </span>
          {disabled ? null : (
            <span className="font-medium text-accent underline underline-offset-2 sm:ml-auto">Choose another</span>
          )}
        </>
      )}
    </label>
  );
}

function sizeInWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
