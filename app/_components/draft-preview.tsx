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
        {data.location.outcome === 'gone' ? (
          <>
            <dt className="text-ink-3">Now</dt>
            <dd>
              <b className="font-medium">No longer a draft:</b> somebody sent or deleted it in the mailbox.
              {data.copy ? ' This is what the desk left.' : ''}
            </dd>
          </>
        ) : data.location.outcome === 'unknown' ? (
          <>
            <dt className="text-ink-3">Now</dt>
            <dd>The mailbox does not say where it is.{data.copy ? ' This is a copy of what the desk left.' : ''}</dd>
          </>
        ) : null}
      </dl>
      <iframe
        title={`Draft: ${data.subject}`}
        sandbox=""
        srcDoc={data.html}
        className="block h-72 w-full resize-y bg-[#fff]"
      />
      <p className="border-t bg-raise px-3 py-1.5 text-xs">
        <a
          href={`/api/v1/dispatches/${encodeURIComponent(dispatchId)}/draft?format=eml`}
          download
          className="rounded-sm font-medium text-accent hover:underline"
        >
          Copy for your mail program (.eml)
        </a>
      </p>
    </div>
  );
}
