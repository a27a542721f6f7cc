'use client';

import { ErrorState } from './_components/error-state';
import { Page } from './_components/page';

export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <Page title="Something went wrong">
      <ErrorState title="This page could not be shown" error={error} onRetry={reset} />
      {error.digest === undefined ? null : (
        <p className="text-center text-xs text-ink-3">
          Find it in the log by <code className="font-sans select-all">{error.digest}</code>
        </p>
      )}
    </Page>
  );
}
