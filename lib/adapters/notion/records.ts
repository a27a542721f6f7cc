import type { Client } from '@notionhq/client';
import { richText } from './document-blocks';
import type { NotionSchema, SchemaProperty } from './notion-objects';

/** Values of properties by their names, as a page is made or changed with them. */
export type PropertyWrites = NonNullable<Parameters<Client['pages']['update']>[0]['properties']>;
/** Properties by their names, as a database is made or changed with them. */
export type PropertyDefinitions = Record<string, PropertyDefinition>;
type Nothing = Record<string, never>;
type PropertyDefinition =
  | { title: Nothing }
  | { rich_text: Nothing }
  | { number: Nothing }
  | { date: Nothing }
  | { url: Nothing }
  | { select: { options: { name: string; color: 'default' | 'green' | 'yellow' | 'red' }[] } }
  | { relation: { data_source_id: string; type: 'single_property'; single_property: Nothing } };

type OwnType = 'title' | 'rich_text' | 'number' | 'select' | 'date' | 'url' | 'relation';

/** A property that Headroom writes. */
export interface OwnProperty {
  name: string;
  type: OwnType;
  options?: readonly string[];
}

/** What a property is set to: text, a number, an instant or date, an option, an address, the id of a related page. */
export type OwnValue = string | number | Date | null;

/** What Headroom says of an account, on the account's own page. */
export const HEALTH = {
  score: { name: 'CSM Health Score', type: 'number' },
  rag: { name: 'CSM Health RAG', type: 'select', options: ['GREEN', 'AMBER', 'RED'] },
  lastScan: { name: 'CSM Last Scan', type: 'date' },
} as const satisfies Record<string, OwnProperty>;

const COMMON = {
  title: { name: 'Name', type: 'title' },
  /** By which a page is found again, so that none is made twice. */
  externalId: { name: 'Headroom ID', type: 'rich_text' },
  account: { name: 'Account', type: 'relation' },
  link: { name: 'Open in Headroom', type: 'url' },
} as const satisfies Record<string, OwnProperty>;

export const EXPANSION = {
  ...COMMON,
  type: { name: 'Type', type: 'select', options: ['seats', 'module', 'integration'] },
  status: {
    name: 'Status',
    type: 'select',
    options: ['open', 'held', 'queued', 'drafted', 'accepted', 'won', 'lost', 'snoozed', 'dismissed', 'withdrawn'],
  },
  confidence: { name: 'Confidence', type: 'select', options: ['high', 'medium', 'low'] },
  impact: { name: 'ARR impact', type: 'number' },
  currency: { name: 'Currency', type: 'rich_text' },
  evidence: { name: 'Evidence', type: 'rich_text' },
  talkTrack: { name: 'Talk track', type: 'rich_text' },
  dispatch: { name: 'Dispatch', type: 'url' },
  firstSeen: { name: 'First seen', type: 'date' },
} as const satisfies Record<string, OwnProperty>;

export const HEALTH_RECORD = {
  ...COMMON,
  kind: { name: 'Kind', type: 'select' },
  level: { name: 'Level', type: 'select' },
  at: { name: 'Date', type: 'date' },
  score: { name: 'Score', type: 'number' },
  rag: { name: 'RAG', type: 'select', options: ['GREEN', 'AMBER', 'RED'] },
  churnRisk: { name: 'Churn risk', type: 'select', options: ['low', 'medium', 'high', 'critical'] },
} as const satisfies Record<string, OwnProperty>;

export const REVIEW = COMMON;

/** The databases that Headroom fills, and what it writes there. */
export const TARGETS = {
  health: { title: 'Headroom: health records', properties: HEALTH_RECORD },
  expansion: { title: 'Headroom: expansion', properties: EXPANSION },
  review: { title: 'Headroom: QBRs', properties: REVIEW },
} as const;
export type TargetName = keyof typeof TARGETS;

/** What of the properties a database has, by the property's key; ids stay when somebody renames one. */
export interface OwnMatch {
  ids: Record<string, string>;
  missing: OwnProperty[];
  /** There by name, and of another type. */
  wrong: { property: OwnProperty; type: string }[];
}

/** Finds the properties that Headroom writes: by the id that is known, else by name; a title by its type alone. */
export function matchOwnProperties(
  properties: Readonly<Record<string, OwnProperty>>,
  schema: Pick<NotionSchema, 'properties'>,
  known: Readonly<Record<string, string>> = {},
): OwnMatch {
  const match: OwnMatch = { ids: {}, missing: [], wrong: [] };
  for (const [key, property] of Object.entries(properties)) {
    const found = findOwn(property, schema.properties, known[key]);
    if (!found) match.missing.push(property);
    else if (found.type !== property.type) match.wrong.push({ property, type: found.type });
    else match.ids[key] = found.id;
  }
  return match;
}

function findOwn(
  property: OwnProperty,
  all: readonly SchemaProperty[],
  id: string | undefined,
): SchemaProperty | undefined {
  if (property.type === 'title') return all.find(({ type }) => type === 'title');
  return all.find((each) => each.id === id) ?? all.find(({ name }) => name === property.name);
}

/** @param accounts the data source that a relation to accounts points to; without it there is none. */
export function defineProperties(properties: readonly OwnProperty[], accounts: string | null): PropertyDefinitions {
  return Object.fromEntries(
    properties.flatMap((property) => {
      const definition = define(property, accounts);
      return definition ? [[property.name, definition]] : [];
    }),
  );
}

function define({ type, options = [] }: OwnProperty, accounts: string | null): PropertyDefinition | null {
  switch (type) {
    case 'title':
      return { title: {} };
    case 'rich_text':
      return { rich_text: {} };
    case 'number':
      return { number: {} };
    case 'select':
      return { select: { options: options.map((name) => ({ name, color: COLOURS[name] ?? 'default' })) } };
    case 'date':
      return { date: {} };
    case 'url':
      return { url: {} };
    case 'relation':
      return accounts === null
        ? null
        : { relation: { data_source_id: accounts, type: 'single_property', single_property: {} } };
  }
}

const COLOURS: Record<string, 'green' | 'yellow' | 'red' | undefined> = { GREEN: 'green', AMBER: 'yellow', RED: 'red' };

/**
 * Values by the properties' keys → a change of a page. A property that the database does not have is left out.
 * @param names the names that the properties have now, by key.
 */
export function writeProperties<Key extends string>(
  properties: Readonly<Record<Key, OwnProperty>>,
  names: Readonly<Partial<Record<string, string>>>,
  values: Readonly<Partial<Record<Key, OwnValue>>>,
): PropertyWrites {
  const writes: PropertyWrites = {};
  for (const [key, value] of Object.entries(values) as [Key, OwnValue][]) {
    const name = names[key];
    if (name !== undefined) writes[name] = writeValue(properties[key].type, value);
  }
  return writes;
}

function writeValue(type: OwnType, value: OwnValue): PropertyWrites[string] {
  const text = value === null ? '' : value instanceof Date ? value.toISOString() : String(value);
  switch (type) {
    case 'title':
      return { title: richText(text) };
    case 'rich_text':
      return { rich_text: richText(text) };
    case 'number':
      return { number: typeof value === 'number' ? value : null };
    case 'select':
      return { select: text === '' ? null : { name: text } };
    case 'date':
      return { date: text === '' ? null : { start: text } };
    case 'url':
      return { url: text === '' ? null : text };
    case 'relation':
      return { relation: text === '' ? [] : [{ id: text }] };
  }
}
