import { ButtonLink } from './_components/button';
import { EmptyState } from './_components/empty-state';
import { Page } from './_components/page';

export default function Forbidden() {
  return (
    <Page title="Not for your role">
      <EmptyState
        title="Your role does not include this page"
        actions={
          <ButtonLink href="/opportunities" variant="primary">
            Go to opportunities
          </ButtonLink>
        }
      >
        An admin can change your role under Settings → People.
      </EmptyState>
    </Page>
  );
}
