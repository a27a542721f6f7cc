import type { NotionSchema } from '../adapters/notion/notion-objects';
import type { NotionKind } from '../db/notion-outbox';
import { AppError } from '../errors';
import { healthNames, type PropertyNames, targetNames } from './records';
import type { NotionSettings } from './settings';

/** What can be told: only what there is a place for. QBRs and alerts need no accounts that come from Notion. */
export function kindsOf({ accounts, health, targets }: NotionSettings): NotionKind[] {
  const kinds: NotionKind[] = [];
  if (accounts && health) kinds.push('health');
  if (accounts && targets.expansion) kinds.push('expansion');
  if (targets.review) kinds.push('review');
  if (targets.health) kinds.push('alert');
  return kinds;
}

/** The database that a kind is written to; null where none is chosen. */
export function placeOf(kind: NotionKind, { accounts, health, targets }: NotionSettings): string | null {
  if (kind === 'health') return health && accounts ? accounts.id : null;
  return targets[TARGET_OF[kind]]?.id ?? null;
}

/**
 * The names that the properties of a kind have now.
 * @throws AppError `notion_missing` or `notion_rejected` where nothing of the kind can be written there.
 */
export function namesAt(kind: NotionKind, schema: NotionSchema, { health, targets }: NotionSettings): PropertyNames {
  if (kind !== 'health') return targetNames(TARGET_OF[kind], schema, targets[TARGET_OF[kind]]?.properties ?? {});
  if (!health) throw notChosen();
  return healthNames(schema, health);
}

export function notChosen(): AppError {
  return new AppError('notion_missing', 'There is no database to write to.', {
    remedy: 'Choose one in Settings → Notion.',
  });
}

const TARGET_OF = { expansion: 'expansion', review: 'review', alert: 'health' } as const;
