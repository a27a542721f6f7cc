'use client';

import { CopyId } from './_components/copy-id';
import { ErrorState } from './_components/error-state';
import { Page } from './_components/page';

export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <Page title="Something went wrong">
      <ErrorState title="This page could not be shown" error={error} onRetry={reset} />
      {error.digest === undefined ? null : (
        <div className="text-center">
          <CopyId label="In the log as" value={error.digest} />
        </div>
      )}
    </Page>
  );
}
