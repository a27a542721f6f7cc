import type { MappedProperty } from '../adapters/notion/mapping';
import type { NotionPlace } from '../adapters/notion/notion-objects';
import type { HEALTH, TargetName } from '../adapters/notion/records';
import type { NotionConnectionStore, StoredNotionConnection } from '../db/notion-connection';

/** What a person chose in Settings → Notion. Properties are known by their ids, which outlive their names. */
export interface NotionSettings {
  /** The database that accounts come from. */
  accounts: NotionPlace | null;
  /** Which of its properties holds which column. */
  mapping: Record<string, MappedProperty>;
  /** Its properties for scores, by their keys; null where scores are not written. */
  health: Record<keyof typeof HEALTH, string> | null;
  /** The databases that the desk fills. */
  targets: Record<TargetName, NotionTarget | null>;
}

export interface NotionTarget extends NotionPlace {
  /** Ids of the properties, by their keys. */
  properties: Record<string, string>;
}

export const NO_SETTINGS: NotionSettings = {
  accounts: null,
  mapping: {},
  health: null,
  targets: { health: null, expansion: null, review: null },
};

export type NotionConnections = NotionConnectionStore<NotionSettings>;
export type NotionConnectionState = StoredNotionConnection<NotionSettings>;

/** Where the token is encrypted for. */
export const TOKEN_PLACE = 'notion:workspace';
