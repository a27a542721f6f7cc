import type { OpportunityDetail } from '@/lib/contracts';

export type DismissReason = NonNullable<OpportunityDetail['dismissReason']>;

export const DISMISS_WORDS: Record<DismissReason, string> = {
  not_a_fit: 'Not a fit',
  no_budget: 'No budget',
  bad_timing: 'Bad timing',
  already_in_talks: 'Sales is already in talks',
  wrong_data: 'The data is wrong',
  other: 'Something else',
};
