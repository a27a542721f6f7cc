'use client';

import { isApiError } from '../_lib/api-client';
import { Button } from './button';
import { CopyId } from './copy-id';
import { WarningIcon } from './icons';

interface Props {
  /** What did not work, e.g. `The opportunities could not be loaded`. */
  title: string;
  error: unknown;
  onRetry?: () => void;
  retrying?: boolean;
}

export function ErrorState({ title, error, onRetry, retrying }: Props) {
  const api = isApiError(error) ? error : null;
  return (
    <div role="alert" className="flex flex-col items-center gap-1 px-5 py-14 text-center">
      <WarningIcon className="mb-1 size-5 text-red" />
      <h2 className="text-base font-semibold">{title}</h2>
      <p className="max-w-md text-ink-2">{error instanceof Error ? error.message : 'The reason is not known.'}</p>
      {api?.remedy === undefined ? null : <p className="max-w-md text-ink-2">{api.remedy}</p>}
      {api?.requestId === undefined ? null : <CopyId label="Request" value={api.requestId} />}
      {onRetry === undefined ? null : (
        <Button className="mt-3" onClick={onRetry} pending={retrying}>
          Retry
        </Button>
      )}
    </div>
  );
}
