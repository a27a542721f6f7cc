import { ButtonLink } from '@/app/_components/button';
import { EmptyState } from '@/app/_components/empty-state';
import { Page } from '@/app/_components/page';

export default function ReviewNotFound() {
  return (
    <Page title="Review">
      <EmptyState
        title="There is no such review"
        actions={
          <ButtonLink href="/reviews" variant="primary">
            See all reviews
          </ButtonLink>
        }
      >
        The link may be old, or this version was older than the retention setting allows.
      </EmptyState>
    </Page>
  );
}
