import { ButtonLink } from './_components/button';
import { EmptyState } from './_components/empty-state';
import { Page } from './_components/page';

export default function NotFound() {
  return (
    <Page title="Not found">
      <EmptyState
        title="There is nothing at this address"
        actions={
          <ButtonLink href="/opportunities" variant="primary">
            Go to opportunities
          </ButtonLink>
        }
      >
        The link may be old, or what it named is gone.
      </EmptyState>
    </Page>
  );
}
