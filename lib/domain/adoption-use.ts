import type { CatalogueFacts, UsageFacts } from './expansion';
import { foldName, hasItem, prepareCatalogue } from './expansion-catalogue';

/** What the assessment knows of an account. */
export interface AdoptionAccount {
  id: string;
  name: string;
  /** Counted among the peers of others. */
  active: boolean;
  segment: string | null;
  seats: number | null;
  /** Ids or names of what it owns or has connected. */
  modules: readonly string[];
  integrations: readonly string[];
  /** In any order: one row a feature and period. */
  usage: readonly UsageFacts[];
}

/** The module or integration of the catalogue that a feature belongs to. */
export interface FeatureItem {
  id: string;
  name: string;
  type: 'module' | 'integration';
  owned: boolean;
}

/** What one account did with one feature over a window. */
export interface OwnUse {
  /** The feature as it was reported. */
  label: string;
  uses: number;
  activeUsers: number | null;
  /** End of the newest period, and of the newest with any use. */
  observedAt: Date;
  lastUsedAt: Date | null;
}

/** Share of the features within the account's reach that it used: those of the product, of what it owns, and any others it used. */
export function adoptionRate(
  own: ReadonlyMap<string, OwnUse>,
  known: Iterable<string>,
  owns: Ownership,
): number | null {
  let used = 0;
  let reach = 0;
  const keys = new Set(known);
  for (const [key, use] of own) if (use.uses > 0) keys.add(key);
  for (const key of keys) {
    const isUsed = (own.get(key)?.uses ?? 0) > 0;
    if (isUsed) used += 1;
    if (isUsed || (owns(key)?.owned ?? true)) reach += 1;
  }
  return reach === 0 ? null : used / reach;
}

/** Use by folded feature name of the periods that end within (`from`, `to`]. */
export function useWithin(usage: readonly UsageFacts[], from: Date, to: Date): Map<string, OwnUse> {
  const found = new Map<string, OwnUse>();
  for (const row of usage) {
    if (!(row.observedAt > from && row.observedAt <= to)) continue;
    const key = foldName(row.feature);
    let use = found.get(key);
    if (use === undefined) {
      use = { label: row.feature.trim(), uses: 0, activeUsers: null, observedAt: row.observedAt, lastUsedAt: null };
      found.set(key, use);
    }
    use.uses += row.uses;
    if (row.activeUsers !== null) use.activeUsers = Math.max(use.activeUsers ?? 0, row.activeUsers);
    if (row.observedAt > use.observedAt) use.observedAt = row.observedAt;
    if (row.uses > 0 && (use.lastUsedAt === null || row.observedAt > use.lastUsedAt)) use.lastUsedAt = row.observedAt;
  }
  return found;
}

/** The catalogue item that a feature belongs to, by its folded name; one that is owned before any other. */
export type Ownership = (key: string) => FeatureItem | null;

/** Same arrays of modules and integrations: same answers. */
export function ownership(
  account: Pick<AdoptionAccount, 'modules' | 'integrations'>,
  catalogue: CatalogueFacts,
): Ownership {
  const byFeature = new Map<string, FeatureItem>();
  for (const prepared of prepareCatalogue(catalogue)) {
    const { id, name, type } = prepared.entry;
    if (type === 'seats') continue;
    const owned = hasItem(type === 'module' ? account.modules : account.integrations, prepared);
    for (const key of prepared.features.keys()) {
      if (owned || !byFeature.has(key)) byFeature.set(key, { id, name, type, owned });
    }
  }
  return (key) => byFeature.get(key) ?? null;
}

/** By code unit: the same order wherever it runs. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
