import { ButtonLink } from '@/app/_components/button';
import { EmptyState } from '@/app/_components/empty-state';
import { Page } from '@/app/_components/page';
import { Allowed } from '@/app/_lib/viewer';

export default function AccountNotFound() {
  return (
    <Page title="Account">
      <EmptyState
        title="There is no such account"
        actions={
          <>
            <ButtonLink href="/accounts" variant="primary">
              See all accounts
            </ButtonLink>
            <Allowed to="portfolio.write">
              <ButtonLink href="/import">Import</ButtonLink>
            </Allowed>
          </>
        }
      >
        The link may be old, or the account was never imported under this id.
      </EmptyState>
    </Page>
  );
}
