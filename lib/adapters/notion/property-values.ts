/** What a property says, as a cell of an import: text, or a list of texts. `note` is worth telling, and stops nothing. */
export type PropertyReading = { cell: string | readonly string[]; note?: string } | { problem: string };

/** Longest text that is read of one property, in characters; what accounts hold is far shorter. */
const MAX_TEXT = 10_000;
/** A rollup of rollups would have no end. */
const MAX_DEPTH = 3;

const EMPTY: PropertyReading = { cell: '' };

/**
 * Reads the value of a property as Notion sends it with a page. Nothing that Notion sends is trusted to have the shape that
 * its description says: what does not is a problem by name.
 */
export function readPropertyValue(value: unknown): PropertyReading {
  return read(value, 0);
}

function read(value: unknown, depth: number): PropertyReading {
  if (!isObject(value) || typeof value.type !== 'string') return { problem: 'has no value that can be read.' };
  if (depth > MAX_DEPTH) return { problem: 'is nested too deeply to be read.' };
  const { type } = value;
  const content = value[type];
  const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (!reader) return { problem: `is of the type ${type}, which cannot be read.` };
  if (content === null || content === undefined) return EMPTY;
  return reader(content, depth);
}

const READERS: Record<string, (content: unknown, depth: number) => PropertyReading> = {
  title: (content) => ({ cell: plainText(content) }),
  rich_text: (content) => ({ cell: plainText(content) }),
  number: readNumber,
  checkbox: readBoolean,
  select: readOption,
  status: readOption,
  multi_select: (content) => {
    const names = Array.isArray(content) ? content.map((option) => (isObject(option) ? option.name : null)) : null;
    return names?.every((name) => typeof name === 'string') ? { cell: names as string[] } : unreadable();
  },
  date: readDate,
  email: readText,
  url: readText,
  phone_number: readText,
  created_time: readText,
  last_edited_time: readText,
  unique_id: (content) => {
    const { prefix, number } = isObject(content) ? content : {};
    if (number === null) return EMPTY;
    if (typeof number !== 'number' || !Number.isSafeInteger(number)) return unreadable();
    return { cell: typeof prefix === 'string' && prefix !== '' ? `${prefix}-${number}` : String(number) };
  },
  people: (content) => (Array.isArray(content) ? readPeople(content) : unreadable()),
  created_by: (content) => readPeople([content]),
  last_edited_by: (content) => readPeople([content]),
  formula: (content, depth) => {
    if (!isObject(content)) return unreadable();
    switch (content.type) {
      case 'string':
        return content.string === null ? EMPTY : readText(content.string);
      case 'number':
        return content.number === null ? EMPTY : readNumber(content.number);
      case 'boolean':
        return content.boolean === null ? EMPTY : readBoolean(content.boolean);
      case 'date':
        return content.date === null ? EMPTY : readDate(content.date);
      default:
        return { problem: `is a formula whose result Notion does not send${depth > 0 ? ' in a rollup' : ''}.` };
    }
  },
  rollup: (content, depth) => {
    if (!isObject(content)) return unreadable();
    switch (content.type) {
      case 'number':
        return content.number === null ? EMPTY : readNumber(content.number);
      case 'date':
        return content.date === null ? EMPTY : readDate(content.date);
      case 'array':
        return Array.isArray(content.array) ? readArray(content.array, depth) : unreadable();
      default:
        return { problem: 'is a rollup whose result Notion does not send.' };
    }
  },
};

/** The values that a rollup shows: each once, the only one on its own. */
function readArray(items: readonly unknown[], depth: number): PropertyReading {
  const cells: string[] = [];
  const notes: string[] = [];
  for (const item of items) {
    const reading = read(item, depth + 1);
    if ('problem' in reading) return reading;
    if (reading.note !== undefined) notes.push(reading.note);
    for (const cell of typeof reading.cell === 'string' ? [reading.cell] : reading.cell) {
      if (cell !== '' && !cells.includes(cell)) cells.push(cell);
    }
  }
  return withNotes(oneOrMany(cells), notes);
}

/** People stand for their addresses: it is by them that the desk knows people. */
function readPeople(people: readonly unknown[]): PropertyReading {
  const addresses: string[] = [];
  const notes: string[] = [];
  for (const person of people) {
    const { name, person: details } = isObject(person) ? person : {};
    const email = isObject(details) ? details.email : undefined;
    if (typeof email === 'string' && email.trim() !== '') {
      if (!addresses.includes(email.trim())) addresses.push(email.trim());
    } else {
      notes.push(
        typeof name === 'string' && name !== ''
          ? `names ${clean(name.replace(/\p{Cc}/gu, ' ')).slice(0, 80)}, whose address Notion does not show`
          : 'names somebody who is no member any more',
      );
    }
  }
  return withNotes(oneOrMany(addresses), notes);
}

function withNotes(cell: string | readonly string[], notes: readonly string[]): PropertyReading {
  return notes.length === 0 ? { cell } : { cell, note: [...new Set(notes)].join('; ') };
}

function oneOrMany(cells: readonly string[]): string | readonly string[] {
  return cells.length > 1 ? cells : (cells[0] ?? '');
}

function readText(content: unknown): PropertyReading {
  return typeof content === 'string' ? { cell: clean(content) } : unreadable();
}

function readNumber(content: unknown): PropertyReading {
  return typeof content === 'number' && Number.isFinite(content) ? { cell: String(content) } : unreadable();
}

function readBoolean(content: unknown): PropertyReading {
  return typeof content === 'boolean' ? { cell: content ? 'true' : 'false' } : unreadable();
}

function readOption(content: unknown): PropertyReading {
  return isObject(content) && typeof content.name === 'string' ? { cell: clean(content.name) } : unreadable();
}

/** Of a span of dates, its start. */
function readDate(content: unknown): PropertyReading {
  return isObject(content) && typeof content.start === 'string' ? { cell: clean(content.start) } : unreadable();
}

function unreadable(): PropertyReading {
  return { problem: 'has a value that cannot be read.' };
}

/** The words of a rich text, without its looks. */
export function plainText(items: unknown): string {
  if (!Array.isArray(items)) return '';
  const text = items
    .map((item) => (isObject(item) && typeof item.plain_text === 'string' ? item.plain_text : ''))
    .join('');
  return clean(text);
}

/** Line breaks and tabs, which people type without meaning anything by them, as spaces. Other control characters stay: the
 * import names them. */
function clean(text: string): string {
  return text
    .replace(/[\r\n\t\u00a0\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, MAX_TEXT);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
