import type { NotionBase, NotionProperty } from './notion-shapes';

/** An answer that says no, as Notion says it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

type Item = Record<string, unknown>;

const invalid = (message: string) => new Refusal(400, 'validation_error', message);

/** Each value has the type of its property, and no text, list or address is longer than Notion takes. */
export function checkProperties(base: NotionBase, properties: Item): void {
  for (const [key, value] of Object.entries(properties)) {
    const property = base.properties.find(({ name, id }) => name === key || id === key);
    if (!property) throw invalid(`${key} is not a property that exists.`);
    const { type } = property;
    if (typeof value !== 'object' || value === null || !(type in value))
      throw invalid(`${key} is expected to be ${type}.`);
    const content = (value as Item)[type];
    switch (type) {
      case 'title':
      case 'rich_text':
        checkRichText(content, key);
        break;
      case 'number':
        if (content !== null && typeof content !== 'number') throw invalid(`${key} is expected to be number.`);
        break;
      case 'select':
        if (content !== null && !/^[^,]{1,100}$/.test(String((content as Item).name)))
          throw invalid(`${key} has no option like that.`);
        break;
      case 'date':
        if (content !== null && !/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}.*)?$/.test(String((content as Item).start)))
          throw invalid(`${key} is no date.`);
        break;
      case 'url':
        if (content !== null && (typeof content !== 'string' || content === '' || content.length > 2_000))
          throw invalid(`${key} is no address.`);
        break;
      case 'relation':
        if (
          !Array.isArray(content) ||
          content.length > 100 ||
          !content.every(({ id }: Item) => /^[0-9a-f-]{36}$/.test(String(id)))
        )
          throw invalid(`${key} is no relation.`);
        break;
      default:
        throw invalid(`This fake writes no ${type}.`);
    }
  }
}

function checkRichText(items: unknown, where: string): void {
  if (!Array.isArray(items)) throw invalid(`${where} should be an array.`);
  if (items.length > 100) throw invalid(`${where}.length should be ≤ \`100\`, instead was \`${items.length}\`.`);
  for (const { text } of items as { text?: { content?: unknown; link?: { url?: unknown } | null } }[]) {
    const content = text?.content;
    if (typeof content !== 'string') throw invalid(`${where}.text.content should be a string.`);
    if (content.length > 2_000)
      throw invalid(`${where}.text.content.length should be ≤ \`2000\`, instead was \`${content.length}\`.`);
    if (/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(content))
      throw invalid(`${where} has half a character.`);
    const url = text?.link?.url;
    if (text?.link && (typeof url !== 'string' || !/^https?:\/\/\S{1,2000}$/.test(url)))
      throw invalid(`${where} links nowhere.`);
  }
}

/** At most 100 blocks in a list, 1,000 with all that is in them, and a table as wide as it says. */
export function checkBlocks(children: unknown): { type: string }[] {
  const blocks = checkList(children, 'body.children');
  const elements = blocks.reduce(
    (count, block) => count + 1 + ((block[block.type] as { children?: unknown[] }).children?.length ?? 0),
    0,
  );
  if (elements > 1_000) throw invalid(`body has ${elements} block elements; 1000 is the most.`);
  return blocks;
}

function checkList(children: unknown, where: string): ({ type: string } & Item)[] {
  if (!Array.isArray(children)) throw invalid(`${where} should be an array.`);
  if (children.length > 100) throw invalid(`${where}.length should be ≤ \`100\`, instead was \`${children.length}\`.`);
  for (const block of children as ({ type: string } & Item)[]) {
    const content = block[block.type] as Item | undefined;
    if (!content) throw invalid(`${where} has a block without content.`);
    switch (block.type) {
      case 'paragraph':
      case 'heading_2':
      case 'bulleted_list_item':
        checkRichText(content.rich_text, where);
        break;
      case 'table': {
        const rows = checkList(content.children, `${where}.table.children`);
        if (rows.length === 0) throw invalid('A table has at least one row.');
        for (const row of rows) {
          const { cells } = row.table_row as { cells: unknown[] };
          if (cells.length !== content.table_width)
            throw invalid('Number of cells in table row must match the table width.');
        }
        break;
      }
      case 'table_row':
        for (const cell of content.cells as unknown[]) checkRichText(cell, where);
        break;
      default:
        throw invalid(`${where} has a block of the type ${block.type}, which this fake does not know.`);
    }
  }
  return children as ({ type: string } & Item)[];
}

/** A value as it was written → as it is read. */
export function toStored({ type }: NotionProperty, value: Item): { type: string } & Item {
  const content = value[type];
  if (type === 'title' || type === 'rich_text') {
    const items = (content as { text: { content: string } }[]).map(({ text }) => ({
      type: 'text',
      text,
      plain_text: text.content,
    }));
    return { type, [type]: items };
  }
  if (type === 'select' && content) return { type, select: { id: 'o', color: 'default', ...(content as Item) } };
  if (type === 'date' && content) return { type, date: { end: null, time_zone: null, ...(content as Item) } };
  return { type, [type]: content };
}

export function configOf({ type, options = [] }: NotionProperty): Item {
  if (type === 'status')
    return { options: options.map((name) => ({ id: name, name, color: 'default', description: null })), groups: [] };
  if (type === 'select' || type === 'multi_select')
    return { options: options.map((name) => ({ id: name, name, color: 'default', description: null })) };
  if (type === 'number') return { format: 'number' };
  return {};
}

/** Values of properties as Notion sends them. */
export const value = {
  title: (text: string) => ({
    type: 'title',
    title: text === '' ? [] : [{ type: 'text', plain_text: text, text: { content: text, link: null } }],
  }),
  text: (text: string) => ({
    type: 'rich_text',
    rich_text: [{ type: 'text', plain_text: text, text: { content: text, link: null } }],
  }),
  number: (number: number | null) => ({ type: 'number', number }),
  select: (name: string | null) => ({
    type: 'select',
    select: name === null ? null : { id: name, name, color: 'default' },
  }),
  status: (name: string) => ({ type: 'status', status: { id: name, name, color: 'default' } }),
  options: (...names: string[]) => ({
    type: 'multi_select',
    multi_select: names.map((name) => ({ id: name, name, color: 'default' })),
  }),
  date: (start: string, end: string | null = null) => ({ type: 'date', date: { start, end, time_zone: null } }),
  email: (email: string) => ({ type: 'email', email }),
  url: (url: string) => ({ type: 'url', url }),
  phone: (phone_number: string) => ({ type: 'phone_number', phone_number }),
  checkbox: (checkbox: boolean) => ({ type: 'checkbox', checkbox }),
  uniqueId: (prefix: string | null, number: number) => ({ type: 'unique_id', unique_id: { prefix, number } }),
  time: (type: 'created_time' | 'last_edited_time', time: string) => ({ type, [type]: time }),
  people: (...people: { name?: string; email?: string | null }[]) => ({
    type: 'people',
    people: people.map(({ name, email }) =>
      // Somebody who has left, or whom the integration may not see, is an id and nothing else.
      name === undefined
        ? { object: 'user', id: 'gone' }
        : { object: 'user', id: name, type: 'person', name, person: email ? { email } : {} },
    ),
  }),
  formula: (type: 'string' | 'number' | 'boolean' | 'date' | 'unsupported', content: unknown) => ({
    type: 'formula',
    formula: { type, [type]: content },
  }),
  rollup: (...items: ({ type: string } & Item)[]) => ({
    type: 'rollup',
    rollup: { type: 'array', function: 'show_original', array: items },
  }),
};
