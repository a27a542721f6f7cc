import { configOf, Refusal } from './notion-rules';

export interface NotionProperty {
  id: string;
  name: string;
  type: string;
  options?: string[];
}

export interface NotionRow {
  id: string;
  url: string;
  created: string;
  edited: string;
  inTrash: boolean;
  /** Values as the API sends them, by the name of the property. */
  values: Record<string, { type: string } & Record<string, unknown>>;
  blocks: { type: string }[];
  /** When the API made it, to the millisecond; 0 for one that a person made. */
  madeAt: number;
  by: 'bot' | 'person';
}

export interface NotionBase {
  id: string;
  databaseId: string;
  title: string;
  parentPageId: string | null;
  shared: boolean;
  inTrash: boolean;
  properties: NotionProperty[];
  rows: NotionRow[];
}

export const BOT = '00000000-0000-4000-8000-000000000001';

const PERSON = '00000000-0000-4000-8000-000000000002';

const KNOWN_TYPES = [
  'title',
  'rich_text',
  'number',
  'select',
  'multi_select',
  'date',
  'url',
  'email',
  'checkbox',
  'relation',
  'people',
  'phone_number',
];

export function toPage({ base, row }: { base: NotionBase; row: NotionRow }) {
  const user = { object: 'user', id: row.by === 'bot' ? BOT : PERSON };
  return {
    object: 'page',
    id: row.id,
    created_time: row.created,
    last_edited_time: row.edited,
    created_by: user,
    last_edited_by: user,
    cover: null,
    icon: null,
    parent: { type: 'data_source_id', data_source_id: base.id, database_id: base.databaseId },
    archived: row.inTrash,
    in_trash: row.inTrash,
    is_archived: false,
    is_locked: false,
    properties: Object.fromEntries(
      base.properties.map((property) => [
        property.name,
        { id: property.id, ...(row.values[property.name] ?? empty(property.type)) },
      ]),
    ),
    url: row.url,
    public_url: null,
  };
}

export function toDataSource(base: NotionBase, minute: string) {
  return {
    object: 'data_source',
    id: base.id,
    title: [{ type: 'text', plain_text: base.title, text: { content: base.title, link: null } }],
    description: [],
    parent: { type: 'database_id', database_id: base.databaseId },
    database_parent: { type: 'workspace', workspace: true },
    is_inline: false,
    in_trash: base.inTrash,
    archived: base.inTrash,
    created_time: minute,
    last_edited_time: minute,
    created_by: { object: 'user', id: PERSON },
    last_edited_by: { object: 'user', id: PERSON },
    properties: Object.fromEntries(
      base.properties.map((property) => [
        property.name,
        { description: null, ...property, options: undefined, [property.type]: configOf(property) },
      ]),
    ),
    icon: null,
    cover: null,
    url: `https://www.notion.so/${base.databaseId.replaceAll('-', '')}`,
    public_url: null,
  };
}

export function addProperties(base: NotionBase, properties: Record<string, unknown>): void {
  for (const [name, config] of Object.entries(properties)) {
    const type =
      Object.keys(config as object).find((key) => key !== 'type' && key !== 'name' && key !== 'description') ?? '';
    if (!KNOWN_TYPES.includes(type)) throw invalid(`body.properties.${name} has no type that there is`);
    if (base.properties.some((property) => property.name === name)) throw invalid(`${name} is there already`);
    const options = ((config as Record<string, { options?: { name: string }[] }>)[type]?.options ?? []).map(
      (option) => option.name,
    );
    base.properties.push({ id: type === 'title' ? 'title' : propertyId(), name, type, options });
  }
}

let counted = 0;
/** As Notion writes them: short, and percent-encoded where they have to be. */
export function propertyId(): string {
  counted += 1;
  return encodeURIComponent(`p:${counted}`);
}

export function list(results: unknown[], next: string | null) {
  return { object: 'list', results, next_cursor: next, has_more: next !== null };
}

export function invalid(message: string): Refusal {
  return new Refusal(400, 'validation_error', message);
}

export function only(body: Record<string, unknown>, known: readonly string[]): void {
  const unknown = Object.keys(body).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw invalid(`body failed validation: ${unknown.join(', ')} should be not present`);
}

export function cursorOf(value: unknown): number {
  const [, at] = /^cursor-(\d+)$/.exec(String(value)) ?? [];
  if (at === undefined) throw invalid('start_cursor is not one of ours');
  return Number(at);
}

export type Sort = { timestamp?: 'created_time' | 'last_edited_time'; direction: 'ascending' | 'descending' };

export function sortRows(rows: NotionRow[], sorts: Sort[]): void {
  const [sort] = sorts;
  if (!sort) return;
  const key = sort.timestamp === 'created_time' ? 'created' : 'edited';
  rows.sort((a, b) => a[key].localeCompare(b[key]) * (sort.direction === 'ascending' ? 1 : -1));
}

export function matches(base: NotionBase, row: NotionRow, filter: unknown): boolean {
  if (filter === undefined) return true;
  const { and, timestamp, property, rich_text, ...rest } = filter as Record<string, unknown> & { and?: unknown[] };
  if (and) return and.every((each) => matches(base, row, each));
  if (timestamp === 'created_time' || timestamp === 'last_edited_time') {
    const { on_or_after } = rest[timestamp] as { on_or_after: string };
    const time = timestamp === 'created_time' ? row.created : row.edited;
    return Date.parse(time) >= Date.parse(on_or_after);
  }
  const found = base.properties.find(({ name, id }) => name === property || id === property);
  if (!found) throw invalid(`Could not find property with name or id: ${String(property)}`);
  if (found.type !== 'rich_text' || !rich_text) throw invalid('This fake filters by rich_text alone');
  const texts = (row.values[found.name]?.rich_text ?? []) as { plain_text: string }[];
  return texts.map(({ plain_text }) => plain_text).join('') === (rich_text as { equals: string }).equals;
}

export function empty(type: string): { type: string } & Record<string, unknown> {
  if (['title', 'rich_text', 'multi_select', 'people', 'relation', 'files'].includes(type)) return { type, [type]: [] };
  return { type, [type]: type === 'checkbox' ? false : null };
}
