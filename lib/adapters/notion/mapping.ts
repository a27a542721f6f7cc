import type { SchemaProperty } from './notion-objects';

type Property = Pick<SchemaProperty, 'id' | 'name' | 'type'>;

/** Which property of the accounts database holds which column of an account; a column that is not there stays unknown. */
export type NotionMapping = Readonly<Record<string, MappedProperty>>;

export interface MappedProperty {
  /** Stays the same when somebody renames the property. */
  id: string;
  name: string;
  type: string;
}

/** What a column holds, which decides what kinds of property can give it. */
type ColumnKind = 'id' | 'text' | 'choice' | 'rag' | 'number' | 'date' | 'person' | 'host' | 'list';

const COMPUTED = ['formula', 'rollup'];
const TYPES: Record<ColumnKind, readonly string[]> = {
  id: ['unique_id', 'rich_text', 'title', 'number', 'url', ...COMPUTED],
  text: ['rich_text', 'title', 'select', 'status', 'url', 'phone_number', 'email', 'unique_id', ...COMPUTED],
  choice: ['select', 'status', 'rich_text', ...COMPUTED],
  rag: ['select', 'status', 'rich_text', ...COMPUTED],
  number: ['number', ...COMPUTED],
  date: ['date', 'created_time', 'last_edited_time', ...COMPUTED],
  person: ['email', 'people', 'created_by', 'last_edited_by', 'rich_text', ...COMPUTED],
  host: ['url', 'rich_text', ...COMPUTED],
  list: ['multi_select', 'select', 'rich_text', ...COMPUTED],
};

/** Every column that an account may have, what it holds, and what teams call it. */
const COLUMNS: readonly { column: string; kind: ColumnKind; names: readonly string[] }[] = [
  { column: 'account_id', kind: 'id', names: ['customer id', 'crm id', 'external id', 'id'] },
  { column: 'name', kind: 'text', names: ['account', 'account name', 'customer', 'company'] },
  { column: 'domain', kind: 'host', names: ['website', 'web site', 'homepage', 'url'] },
  { column: 'status', kind: 'choice', names: ['account status', 'customer status', 'lifecycle', 'lifecycle stage'] },
  { column: 'segment', kind: 'text', names: ['tier', 'customer segment'] },
  { column: 'arr', kind: 'number', names: ['annual recurring revenue', 'arr usd', 'arr eur', 'acv', 'contract value'] },
  { column: 'currency', kind: 'choice', names: ['arr currency'] },
  { column: 'plan', kind: 'text', names: ['package', 'subscription', 'edition', 'product plan'] },
  {
    column: 'seats_purchased',
    kind: 'number',
    names: ['seats', 'seats bought', 'licenses', 'licences', 'contracted seats'],
  },
  {
    column: 'seats_active',
    kind: 'number',
    names: ['active seats', 'seats used', 'active users', 'licenses used', 'used seats'],
  },
  { column: 'csm_email', kind: 'person', names: ['csm', 'customer success manager', 'success manager', 'csm owner'] },
  {
    column: 'rep_email',
    kind: 'person',
    names: ['rep', 'ae', 'account executive', 'account manager', 'sales rep', 'sales owner'],
  },
  { column: 'contract_start', kind: 'date', names: ['contract start date', 'start date', 'customer since'] },
  { column: 'renewal_date', kind: 'date', names: ['renewal', 'renews on', 'contract end', 'contract end date'] },
  {
    column: 'last_interaction_at',
    kind: 'date',
    names: ['last interaction', 'last touch', 'last contact', 'last contacted', 'last meeting', 'last call'],
  },
  { column: 'login_frequency_days', kind: 'number', names: ['login frequency', 'days between logins'] },
  { column: 'usage_trend', kind: 'choice', names: ['usage', 'trend'] },
  { column: 'feature_adoption_rate', kind: 'number', names: ['feature adoption', 'adoption', 'adoption rate'] },
  { column: 'stakeholder_engagement', kind: 'choice', names: ['engagement', 'champion engagement'] },
  { column: 'nps_score', kind: 'number', names: ['nps'] },
  {
    column: 'invoice_payment_status',
    kind: 'choice',
    names: ['invoice status', 'payment status', 'invoices', 'billing status'],
  },
  { column: 'open_ticket_count', kind: 'number', names: ['open tickets', 'tickets', 'support tickets'] },
  { column: 'avg_ticket_sentiment', kind: 'choice', names: ['ticket sentiment', 'sentiment', 'support sentiment'] },
  {
    column: 'escalation_count_90_days',
    kind: 'number',
    names: ['escalations', 'escalation count', 'escalations 90 days', 'escalations 90d'],
  },
  { column: 'tam_health_rag', kind: 'rag', names: ['health status', 'tam health', 'tam rating', 'tam health status'] },
  { column: 'collections_risk', kind: 'rag', names: ['collections', 'collection risk'] },
  { column: 'modules', kind: 'list', names: ['products', 'owned modules', 'product modules'] },
  { column: 'integrations', kind: 'list', names: ['connected integrations'] },
  { column: 'tech_stack', kind: 'list', names: ['technologies', 'tools', 'stack', 'technology'] },
  { column: 'observed_at', kind: 'date', names: ['data as of', 'as of'] },
];
const KINDS: ReadonlyMap<string, ColumnKind> = new Map(COLUMNS.map(({ column, kind }) => [column, kind]));

/** The columns that can be mapped, in the order that people see. */
export const MAPPED_COLUMNS: readonly string[] = COLUMNS.map(({ column }) => column);

export interface ProposedColumn {
  column: string;
  property: MappedProperty | null;
  /** The property bears the column's name, and is of a type that cannot give it. */
  mismatch: string | null;
}

/**
 * Proposes a mapping from the database's own schema: a property whose name says so and whose type can hold it. The name of an
 * account is the title of its page unless another property says otherwise. Each property is proposed once.
 */
export function proposeMapping(properties: readonly Property[], ours: readonly string[] = []): ProposedColumn[] {
  const free = properties.filter(({ name }) => !ours.includes(name));
  const taken = new Set<string>();
  return COLUMNS.map(({ column, kind, names }) => {
    const wanted = [column, ...names].map(fold);
    const named = free
      .filter(({ id, name }) => !taken.has(id) && wanted.includes(fold(name)))
      .sort((a, b) => wanted.indexOf(fold(a.name)) - wanted.indexOf(fold(b.name)));
    const title = column === 'name' ? free.find(({ type }) => type === 'title') : undefined;
    const found = named.find(({ type }) => TYPES[kind].includes(type)) ?? title ?? null;
    if (found) taken.add(found.id);
    const [wrong] = found ? [] : named;
    return {
      column,
      property: found && { id: found.id, name: found.name, type: found.type },
      mismatch: wrong
        ? `«${wrong.name}» is of the type ${wrong.type}; it has to be one of ${TYPES[kind].join(', ')}.`
        : null,
    };
  });
}

/** What is wrong with a mapping, by column; empty where all is well. */
export function checkMapping(
  mapping: Readonly<Record<string, string>>,
  properties: readonly Property[],
): { mapping: NotionMapping; problems: { column: string; message: string }[] } {
  const problems: { column: string; message: string }[] = [];
  const mapped: Record<string, MappedProperty> = {};
  const usedBy = new Map<string, string>();
  for (const [column, id] of Object.entries(mapping)) {
    const kind = KINDS.get(column);
    const property = properties.find((each) => each.id === id);
    const refuse = (message: string) => problems.push({ column, message });
    if (!kind) refuse('is not a column of an account.');
    else if (!property) refuse('is read from a property that the database does not have any more. Choose another.');
    else if (!TYPES[kind].includes(property.type)) {
      refuse(
        `cannot be read from «${property.name}», which is of the type ${property.type}. Choose one of: ${TYPES[kind].join(', ')}.`,
      );
    } else if (usedBy.has(id))
      refuse(`is read from «${property.name}», and so is ${usedBy.get(id)}. Choose one of the two.`);
    else mapped[column] = { id, name: property.name, type: property.type };
    usedBy.set(id, column);
  }
  if (!mapping.name)
    problems.push({ column: 'name', message: 'is needed: map the property that holds the account’s name.' });
  return { mapping: mapped, problems };
}

/** The types of property that can give a column. */
export function typesFor(column: string): readonly string[] {
  const kind = KINDS.get(column);
  return kind ? TYPES[kind] : [];
}

/** What people write in Notion, as the import knows it: «Overdue 90+» is `overdue_90_plus`, «🟡 Yellow» is `amber`. */
export function adaptCell(column: string, cell: string | readonly string[]): string | readonly string[] {
  if (typeof cell !== 'string' || cell === '') return cell;
  switch (KINDS.get(column)) {
    case 'choice':
      return column === 'currency' ? cell : foldChoice(cell);
    case 'rag': {
      const choice = foldChoice(cell);
      return choice === 'yellow' || choice === 'orange' ? 'amber' : choice;
    }
    case 'host':
      return hostOf(cell);
    default:
      return cell;
  }
}

function foldChoice(text: string): string {
  const folded = text
    .toLowerCase()
    .replaceAll('+', ' plus')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
  // What has no letter at all is shown as it is, so that the import can name it.
  return folded === '' ? text : folded;
}

function hostOf(text: string): string {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return text;
  return new URL(text).hostname.replace(/^www\./, '');
}

function fold(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
