import type { UsageRecord } from '../../domain/import-records';
import type { FileKind } from './file-kind';

const COUNT_LIMIT = 1_000_000_000;

/** The usage file: one row an account, feature and period; `observed_at` is the end of the period. */
export const usageFile: FileKind<UsageRecord> = {
  name: 'usage',
  columns: ['account_id', 'feature', 'observed_at', 'uses', 'active_users', 'limit_hits'],
  required: ['account_id', 'feature', 'observed_at', 'uses'],
  read: (cells, { now }) => ({
    accountId: cells.requiredText('account_id'),
    feature: cells.requiredText('feature'),
    observedAt: cells.requiredInstant('observed_at', now),
    uses: cells.requiredWholeNumber('uses', COUNT_LIMIT),
    activeUsers: cells.wholeNumber('active_users', COUNT_LIMIT),
    limitHits: cells.wholeNumber('limit_hits', COUNT_LIMIT) ?? 0,
  }),
};
