'use client';

import { isApiError } from '../_lib/api-client';
import { useDraftPreview } from '../_lib/draft-preview';
import { Skeleton } from './skeleton';

/** A draft as the rep finds it: subject, recipient and the body in a frame that can run nothing. */
export function DraftPreview({ dispatchId }: { dispatchId: string }) {
  const { data, error, isPending, refetch } = useDraftPreview(dispatchId);
  if (isPending) return <Skeleton className="h-40" />;
  if (error !== null) {
    return (
      <p className="text-ink-2">
        {error.message} {isApiError(error) ? error.remedy : ''}{' '}
        <button type="button" onClick={() => void refetch()} className="font-medium text-accent hover:underline">
          Try again
        </button>
      </p>
    );
  }
  return (
    <div className="overflow-hidden rounded-[10px] border">
      <dl className="grid grid-cols-[auto_1fr] gap-x-2.5 border-b bg-raise px-3 py-2 text-xs">
        <dt className="text-ink-3">Subject</dt>
        <dd className="font-medium">{data.subject}</dd>
        <dt className="text-ink-3">To</dt>
        <dd>{data.to ?? 'Left empty for the rep'}</dd>
      </dl>
      <iframe
        title={`Draft: ${data.subject}`}
        sandbox=""
        srcDoc={data.html}
        className="block h-72 w-full resize-y bg-[#fff]"
      />
    </div>
  );
}
