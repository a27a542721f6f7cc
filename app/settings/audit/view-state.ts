import { createLoader, createParser, type inferParserType, parseAsInteger, parseAsString } from 'nuqs/server';

/** A calendar day that exists, `YYYY-MM-DD`. */
const parseAsDay = createParser({
  parse: (value) => {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return null;
    const day = new Date(`${value}T00:00:00Z`);
    return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value) ? value : null;
  },
  serialize: String,
});

/** What the URL of the audit log says. */
export const auditState = {
  action: parseAsString.withDefault(''),
  actor: parseAsString.withDefault(''),
  /** Id of a record. */
  subject: parseAsString.withDefault(''),
  from: parseAsDay,
  to: parseAsDay,
  /** The event in the side panel. */
  event: parseAsInteger,
};

export type AuditState = inferParserType<typeof auditState>;
export type AuditStateChange = { [Key in keyof AuditState]?: AuditState[Key] | null };

export const loadAuditState = createLoader(auditState);

/** Days are the viewer's own, both included. */
export interface AuditFilters {
  action?: string;
  actor?: string;
  subject?: string;
  from?: string;
  to?: string;
}

/** Both sides build their query key from it, so its shape must not vary. */
export function toAuditFilters({ action, actor, subject, from, to }: AuditState): AuditFilters {
  return {
    ...(action === '' ? {} : { action }),
    ...(actor === '' ? {} : { actor }),
    ...(subject === '' ? {} : { subject }),
    ...(from === null ? {} : { from }),
    ...(to === null ? {} : { to }),
  };
}

export const NO_FILTERS = { action: null, actor: null, subject: null, from: null, to: null } satisfies AuditStateChange;

export function isAuditFiltered(state: AuditState): boolean {
  return Object.keys(toAuditFilters(state)).length > 0;
}
