import type { ReviewItem } from '@/lib/contracts/reviews';

type State = ReviewItem['publication']['state'];

export const PUBLICATION_WORDS: Record<State, string> = {
  published: 'Published',
  pending: 'To be published',
  failed: 'Not published',
  skipped: 'At the desk only',
};
