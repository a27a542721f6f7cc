import type { AuditItem } from '@/lib/contracts';
import type { ROUTES, RouteName } from '@/lib/domain/access';

type Routes = typeof ROUTES;
type ActionOf<Rule> = Rule extends { audit: infer Action extends string } ? Action : never;
/** All that the routes write down, and what is written where people come in. */
type AuditAction =
  | { [Name in RouteName]: ActionOf<Routes[Name]> }[RouteName]
  | 'sign_in.succeeded'
  | 'sign_in.failed'
  | 'sign_in.throttled'
  | 'sign_out'
  | 'link.setup_used'
  | 'link.invitation_used'
  | 'link.reset_used'
  | 'link.demo_used';

/** After the name of who did it. An action without words here does not compile. */
const ACTIONS: Record<AuditAction, string> = {
  'sign_in.succeeded': 'Signed in',
  'sign_in.failed': 'Sign-in refused',
  'sign_in.throttled': 'Sign-in refused: too many attempts',
  sign_out: 'Signed out',
  'link.setup_used': 'Set the desk up',
  'link.invitation_used': 'Joined by invitation',
  'link.reset_used': 'Set a new password by link',
  'link.demo_used': 'Opened the demo',
  'session.revoked': 'Ended a session',
  'password.changed': 'Changed their password',
  'opportunity.changed': 'Changed an opportunity',
  'dispatch.requested': 'Dispatched to sales',
  'dispatch.retried': 'Retried a dispatch',
  'dispatch.resolved': 'Said whether a draft is there',
  'mailbox.consent_asked': 'Went to Google to connect a mailbox',
  'mailbox.consent_answered': 'Came back from Google',
  'mailbox.connected': 'Connected a mailbox',
  'mailbox.tested': 'Tested a mailbox',
  'mailbox.disconnected': 'Disconnected a mailbox',
  'account.exported': 'Exported an account',
  'accounts.imported': 'Imported accounts',
  'catalogue.imported': 'Imported the catalogue',
  'usage.imported': 'Imported usage',
  'sample.loaded': 'Loaded the sample portfolio',
  'task.submitted': 'Started a task',
  'user.changed': 'Changed a user',
  'user.deleted': 'Deleted a user',
  'user.reset_link_made': 'Made a link to a new password',
  'invitation.made': 'Invited somebody',
  'invitation.revoked': 'Withdrew an invitation',
  'api_key.made': 'Made an API key',
  'api_key.revoked': 'Revoked an API key',
  'webhook.made': 'Added a webhook',
  'webhook.changed': 'Changed a webhook',
  'webhook.deleted': 'Deleted a webhook',
  'webhook.secret_made': 'Made a new secret for a webhook',
  'webhook.tested': 'Sent a test event to a webhook',
  'webhook.replayed': 'Replayed events to a webhook',
  'audit.exported': 'Exported the audit log',
  'notion.connected': 'Connected Notion',
  'notion.disconnected': 'Disconnected Notion',
  'notion.previewed': 'Looked at a Notion database',
  'notion.accounts_chosen': 'Chose the accounts database in Notion',
  'notion.target_chosen': 'Chose a database in Notion to write to',
  'notion.mended': 'Mended properties in Notion',
  'notion.pull_requested': 'Asked for a pull from Notion',
  'notion.accounts_taken_over': 'Gave accounts of files to Notion',
  'notion.accounts_released': 'Gave accounts of Notion to files',
  'settings.retention_changed': 'Changed how long history is kept',
  'settings.alerts_changed': 'Changed when alerts are told',
  'alert_channel.connected': 'Connected a chat for alerts',
  'alert_channel.disconnected': 'Disconnected a chat for alerts',
  'alert_channel.tested': 'Sent a test message to a chat',
  'alerts.snoozed': 'Snoozed the alerts of an account',
  'alerts.unsnoozed': 'Ended the snooze of an account',
  'notice.retried': 'Retried the draft of a notice',
  'notice.resolved': 'Said whether the draft of a notice is there',
  'settings.schedule_changed': 'Changed the schedule',
};

export const ACTION_OPTIONS: readonly { value: string; label: string }[] = Object.entries(ACTIONS).map(
  ([value, label]) => ({ value, label }),
);

export function actionInWords(action: string): string {
  return (ACTIONS as Partial<Record<string, string>>)[action] ?? capital(action.replaceAll(/[._]+/g, ' '));
}

export const SYSTEM_ACTORS: readonly { value: string; label: string }[] = [
  { value: 'system', label: 'Headroom itself' },
  { value: 'anonymous', label: 'Nobody signed in' },
];

export function actorInWords({ actor, actorName }: Pick<AuditItem, 'actor' | 'actorName'>): string {
  return SYSTEM_ACTORS.find(({ value }) => value === actor)?.label ?? capital(actorName);
}

const RECORDS: Partial<Record<string, { name: string; path?: (id: string) => string }>> = {
  account: { name: 'Account', path: (id) => `/accounts/${encodeURIComponent(id)}` },
  opportunity: { name: 'Opportunity', path: (id) => `/opportunities?tab=all&id=${id}` },
  dispatch: { name: 'Dispatch', path: (id) => `/dispatches?id=${id}` },
  user: { name: 'User' },
  api_key: { name: 'API key' },
  invitation: { name: 'Invitation' },
  session: { name: 'Session' },
  link: { name: 'Link' },
  mailbox: { name: 'Mailbox' },
  agent: { name: 'Agent' },
  webhook: { name: 'Webhook', path: (id) => `/settings/webhooks?view=deliveries&webhook=${id}` },
  notice: { name: 'Notice' },
};

export interface RecordInWords {
  id: string;
  /** Of the user or key; null for others, and where it is gone. */
  name: string | null;
  /** `Opportunity`. */
  kind: string;
  /** Of the page that shows it; null where there is none. */
  href: string | null;
}

/**
 * What an event is about; null where it is about nothing in particular.
 * @param names of users and keys, as {@link AuditItem.actor} has them.
 */
export function recordInWords(
  { subjectType, subjectId }: AuditItem,
  names: ReadonlyMap<string, string>,
): RecordInWords | null {
  if (subjectType === null || subjectId === null) return null;
  const known = RECORDS[subjectType];
  return {
    id: subjectId,
    name: names.get(`${subjectType === 'api_key' ? 'key' : subjectType}:${subjectId}`) ?? null,
    kind: known?.name ?? capital(subjectType.replaceAll('_', ' ')),
    href: known?.path?.(encodeURIComponent(subjectId)) ?? null,
  };
}

const DETAILS: Partial<Record<string, string>> = {
  expiresInDays: 'days until it expires',
  rejectedRows: 'rejected rows',
  snapshotDays: 'days of snapshots',
  runDays: 'days of runs',
  auditDays: 'days of audit log',
  eventDays: 'days of events and deliveries',
  reviewDays: 'days of earlier versions of reviews',
};

/** The details of an event as names and values; of a setting before and after, what changed. */
export function detailsInWords(
  detail: Record<string, unknown>,
  number: (value: number) => string,
): { name: string; value: string }[] {
  const { before, after } = detail;
  if (isRecord(before) && isRecord(after)) {
    const from = new Map(detailsInWords(before, number).map(({ name, value }) => [name, value]));
    return detailsInWords(after, number)
      .filter(({ name, value }) => from.get(name) !== value)
      .map(({ name, value }) => ({ name, value: `${from.get(name) ?? 'none'} → ${value}` }));
  }
  return Object.entries(detail).map(([key, value]) => ({
    name: DETAILS[key] ?? key.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase(),
    value: valueInWords(key, value, number),
  }));
}

function valueInWords(key: string, value: unknown, number: (value: number) => string): string {
  if (value === null) return key.endsWith('Days') ? 'no end' : 'none';
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return /^[a-z]+(_[a-z]+)+$/.test(value) ? value.replaceAll('_', ' ') : value;
  if (Array.isArray(value)) return value.map((item) => valueInWords(key, item, number)).join(', ');
  if (!isRecord(value)) return String(value);
  return detailsInWords(value, number)
    .map((part) => `${part.name}: ${part.value}`)
    .join(', ');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
