/** Who may do what: the one table that every route and page is checked against. */

export const ROLES = ['admin', 'csm', 'rep', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/**
 * `portfolio.read`: accounts, opportunities, dispatches, drafts; a rep's own only. `opportunity.decide`: accept, dismiss,
 * won, lost. `opportunity.plan`: snooze and reopen as well, and snooze an account's alerts. `portfolio.write`: import, scan, tasks. `operations.read`: runs
 * and agents. `metrics.read`: figures of the whole desk, for whoever watches it. `mailbox`: one's own mailbox; an admin's all
 * of them. `self`: one's own sessions and password; for people, not for keys.
 */
export type Permission =
  | 'portfolio.read'
  | 'opportunity.decide'
  | 'opportunity.plan'
  | 'dispatch'
  | 'portfolio.write'
  | 'operations.read'
  | 'metrics.read'
  | 'account.export'
  | 'mailbox'
  | 'self'
  | 'administer';

const PERMISSIONS: Record<Role, readonly Permission[]> = {
  admin: [
    'portfolio.read',
    'opportunity.decide',
    'opportunity.plan',
    'dispatch',
    'portfolio.write',
    'operations.read',
    'metrics.read',
    'account.export',
    'mailbox',
    'self',
    'administer',
  ],
  csm: [
    'portfolio.read',
    'opportunity.decide',
    'opportunity.plan',
    'dispatch',
    'portfolio.write',
    'operations.read',
    'metrics.read',
    'account.export',
    'mailbox',
    'self',
  ],
  rep: ['portfolio.read', 'opportunity.decide', 'mailbox', 'self'],
  viewer: ['portfolio.read', 'operations.read', 'metrics.read', 'self'],
};

/** What a route or page asks for. `public`: nobody need be signed in. */
export interface AccessRule {
  needs: Permission | 'public';
  /** Name in the audit log; every route that changes something has one, and so has every export. */
  audit?: string;
}

/** Every route of the API, by method and path. */
export const ROUTES = {
  'GET /api/livez': { needs: 'public' },
  'GET /api/readyz': { needs: 'public' },
  'GET /api/metrics': { needs: 'metrics.read' },
  'GET /api/auth/[...provider]': { needs: 'public' },
  'POST /api/auth/[...provider]': { needs: 'public' },

  'GET /api/v1/session': { needs: 'public' },
  'POST /api/v1/session': { needs: 'public' },
  'DELETE /api/v1/session': { needs: 'public' },
  'POST /api/v1/links/inspect': { needs: 'public' },
  'POST /api/v1/links/redeem': { needs: 'public' },

  'GET /api/v1/sessions': { needs: 'self' },
  'DELETE /api/v1/sessions/[id]': { needs: 'self', audit: 'session.revoked' },
  'POST /api/v1/password': { needs: 'self', audit: 'password.changed' },

  'GET /api/v1/workspace': { needs: 'portfolio.read' },
  'GET /api/v1/events': { needs: 'portfolio.read' },
  'GET /api/v1/opportunities': { needs: 'portfolio.read' },
  'GET /api/v1/opportunities/summary': { needs: 'portfolio.read' },
  'GET /api/v1/opportunities/[id]': { needs: 'portfolio.read' },
  'PATCH /api/v1/opportunities/[id]': { needs: 'opportunity.decide', audit: 'opportunity.changed' },
  'GET /api/v1/dispatches': { needs: 'portfolio.read' },
  'POST /api/v1/dispatches': { needs: 'dispatch', audit: 'dispatch.requested' },
  'GET /api/v1/dispatches/[id]': { needs: 'portfolio.read' },
  'GET /api/v1/dispatches/[id]/draft': { needs: 'portfolio.read' },
  'POST /api/v1/dispatches/[id]/retry': { needs: 'dispatch', audit: 'dispatch.retried' },
  'POST /api/v1/dispatches/[id]/resolve': { needs: 'dispatch', audit: 'dispatch.resolved' },
  'GET /api/v1/accounts': { needs: 'portfolio.read' },
  'GET /api/v1/accounts/summary': { needs: 'portfolio.read' },
  'GET /api/v1/accounts/[id]': { needs: 'portfolio.read' },
  'GET /api/v1/accounts/[id]/adoption': { needs: 'portfolio.read' },
  'GET /api/v1/accounts/[id]/export': { needs: 'account.export', audit: 'account.exported' },
  'GET /api/v1/reviews': { needs: 'portfolio.read' },
  'GET /api/v1/reviews/summary': { needs: 'portfolio.read' },
  'GET /api/v1/reviews/[id]': { needs: 'portfolio.read' },
  'GET /api/v1/reviews/[id]/markdown': { needs: 'portfolio.read' },
  'POST /api/v1/health-score/preview': { needs: 'portfolio.read' },

  'POST /api/v1/accounts/import': { needs: 'portfolio.write', audit: 'accounts.imported' },
  'POST /api/v1/catalogue/import': { needs: 'portfolio.write', audit: 'catalogue.imported' },
  'POST /api/v1/usage/import': { needs: 'portfolio.write', audit: 'usage.imported' },
  'GET /api/v1/imports/[id]/rejected.csv': { needs: 'portfolio.write' },
  'POST /api/v1/sample': { needs: 'portfolio.write', audit: 'sample.loaded' },
  'POST /api/v1/agents/[agent]/tasks': { needs: 'portfolio.write', audit: 'task.submitted' },
  'GET /api/v1/agents': { needs: 'operations.read' },
  'GET /api/v1/agents/activity': { needs: 'operations.read' },
  'GET /api/v1/agents/[agent]/tasks': { needs: 'operations.read' },
  'GET /api/v1/runs': { needs: 'operations.read' },
  'GET /api/v1/runs/[id]': { needs: 'operations.read' },

  'GET /api/v1/mailboxes': { needs: 'mailbox' },
  'POST /api/v1/mailboxes/google/connect': { needs: 'mailbox', audit: 'mailbox.consent_asked' },
  'GET /api/v1/mailboxes/google/callback': { needs: 'mailbox', audit: 'mailbox.consent_answered' },
  'POST /api/v1/mailboxes/imap': { needs: 'mailbox', audit: 'mailbox.connected' },
  'POST /api/v1/mailboxes/[id]/test': { needs: 'mailbox', audit: 'mailbox.tested' },
  'DELETE /api/v1/mailboxes/[id]': { needs: 'mailbox', audit: 'mailbox.disconnected' },

  'GET /api/v1/notion': { needs: 'administer' },
  'DELETE /api/v1/notion': { needs: 'administer', audit: 'notion.disconnected' },
  'PUT /api/v1/notion/token': { needs: 'administer', audit: 'notion.connected' },
  'GET /api/v1/notion/places': { needs: 'administer' },
  'POST /api/v1/notion/preview': { needs: 'administer', audit: 'notion.previewed' },
  'PUT /api/v1/notion/accounts': { needs: 'administer', audit: 'notion.accounts_chosen' },
  'PUT /api/v1/notion/targets/[id]': { needs: 'administer', audit: 'notion.target_chosen' },
  'POST /api/v1/notion/mend': { needs: 'administer', audit: 'notion.mended' },
  'POST /api/v1/notion/pull': { needs: 'administer', audit: 'notion.pull_requested' },
  'GET /api/v1/notion/problems': { needs: 'administer' },
  'POST /api/v1/notion/take-over': { needs: 'administer', audit: 'notion.accounts_taken_over' },
  'POST /api/v1/notion/release': { needs: 'administer', audit: 'notion.accounts_released' },

  'GET /api/v1/users': { needs: 'administer' },
  'PATCH /api/v1/users/[id]': { needs: 'administer', audit: 'user.changed' },
  'DELETE /api/v1/users/[id]': { needs: 'administer', audit: 'user.deleted' },
  'POST /api/v1/users/[id]/reset-link': { needs: 'administer', audit: 'user.reset_link_made' },
  'GET /api/v1/invitations': { needs: 'administer' },
  'POST /api/v1/invitations': { needs: 'administer', audit: 'invitation.made' },
  'DELETE /api/v1/invitations/[id]': { needs: 'administer', audit: 'invitation.revoked' },
  'GET /api/v1/api-keys': { needs: 'administer' },
  'POST /api/v1/api-keys': { needs: 'administer', audit: 'api_key.made' },
  'DELETE /api/v1/api-keys/[id]': { needs: 'administer', audit: 'api_key.revoked' },
  'GET /api/v1/audit': { needs: 'administer' },
  'GET /api/v1/audit/export.csv': { needs: 'administer', audit: 'audit.exported' },
  'GET /api/v1/webhooks': { needs: 'administer' },
  'POST /api/v1/webhooks': { needs: 'administer', audit: 'webhook.made' },
  'GET /api/v1/webhooks/[id]': { needs: 'administer' },
  'PATCH /api/v1/webhooks/[id]': { needs: 'administer', audit: 'webhook.changed' },
  'DELETE /api/v1/webhooks/[id]': { needs: 'administer', audit: 'webhook.deleted' },
  'POST /api/v1/webhooks/[id]/secret': { needs: 'administer', audit: 'webhook.secret_made' },
  'POST /api/v1/webhooks/[id]/test': { needs: 'administer', audit: 'webhook.tested' },
  'POST /api/v1/webhooks/[id]/replay': { needs: 'administer', audit: 'webhook.replayed' },
  'GET /api/v1/webhooks/deliveries': { needs: 'administer' },
  'GET /api/v1/webhooks/deliveries/[id]': { needs: 'administer' },
  'GET /api/v1/alerts': { needs: 'portfolio.read' },
  'GET /api/v1/alerts/[id]': { needs: 'portfolio.read' },
  'GET /api/v1/accounts/[id]/alerts': { needs: 'portfolio.read' },
  'PUT /api/v1/accounts/[id]/alert-snooze': { needs: 'opportunity.plan', audit: 'alerts.snoozed' },
  'DELETE /api/v1/accounts/[id]/alert-snooze': { needs: 'opportunity.plan', audit: 'alerts.unsnoozed' },
  'GET /api/v1/notices/[id]/draft': { needs: 'portfolio.read' },
  'POST /api/v1/notices/[id]/retry': { needs: 'dispatch', audit: 'notice.retried' },
  'POST /api/v1/notices/[id]/resolve': { needs: 'dispatch', audit: 'notice.resolved' },
  'GET /api/v1/settings/alerts': { needs: 'administer' },
  'PUT /api/v1/settings/alerts': { needs: 'administer', audit: 'settings.alerts_changed' },
  'PUT /api/v1/settings/alerts/channels/[channel]': { needs: 'administer', audit: 'alert_channel.connected' },
  'DELETE /api/v1/settings/alerts/channels/[channel]': { needs: 'administer', audit: 'alert_channel.disconnected' },
  'POST /api/v1/settings/alerts/channels/[channel]/test': { needs: 'administer', audit: 'alert_channel.tested' },
  'GET /api/v1/settings/retention': { needs: 'administer' },
  'PUT /api/v1/settings/retention': { needs: 'administer', audit: 'settings.retention_changed' },
  'GET /api/v1/settings/schedule': { needs: 'administer' },
  'PATCH /api/v1/settings/schedule': { needs: 'administer', audit: 'settings.schedule_changed' },
  'GET /api/v1/settings/schedule/preview': { needs: 'administer' },
} as const satisfies Record<string, AccessRule>;
export type RouteName = keyof typeof ROUTES;

/** Every page, by path. */
export const PAGES = {
  '/': { needs: 'public' },
  '/sign-in': { needs: 'public' },
  '/join': { needs: 'public' },
  '/opportunities': { needs: 'portfolio.read' },
  '/accounts': { needs: 'portfolio.read' },
  '/accounts/[id]': { needs: 'portfolio.read' },
  '/dispatches': { needs: 'portfolio.read' },
  '/reviews': { needs: 'portfolio.read' },
  '/reviews/[id]': { needs: 'portfolio.read' },
  '/alerts': { needs: 'portfolio.read' },
  '/agents': { needs: 'operations.read' },
  '/import': { needs: 'portfolio.write' },
  '/settings': { needs: 'self' },
  '/settings/mail': { needs: 'mailbox' },
  '/settings/notion': { needs: 'administer' },
  '/settings/alerts': { needs: 'administer' },
  '/settings/people': { needs: 'administer' },
  '/settings/api-keys': { needs: 'administer' },
  '/settings/webhooks': { needs: 'administer' },
  '/settings/audit': { needs: 'administer' },
  '/settings/data': { needs: 'administer' },
  '/settings/schedule': { needs: 'administer' },
} as const satisfies Record<string, AccessRule>;
export type PageName = keyof typeof PAGES;

/** Somebody who was recognised: a person with a session, or a program with a key. */
export interface Viewer {
  kind: 'user' | 'key';
  id: string;
  name: string;
  /** Lower case; null for keys. */
  email: string | null;
  role: Role;
  /** Of what the role may, this alone. */
  only?: Permission;
}

/** Narrows what is read: a rep sees the accounts that carry their address. Null reads everything. */
export interface Scope {
  repEmail: string | null;
}

export const EVERYTHING: Scope = { repEmail: null };

export function may(viewer: Pick<Viewer, 'kind' | 'role' | 'only'>, permission: Permission): boolean {
  if (viewer.only !== undefined && viewer.only !== permission) return false;
  if (permission === 'self' && viewer.kind === 'key') return false;
  return PERMISSIONS[viewer.role].includes(permission);
}

export function permissionsOf(viewer: Pick<Viewer, 'kind' | 'role' | 'only'>): Permission[] {
  return PERMISSIONS[viewer.role].filter((permission) => may(viewer, permission));
}

/** A key with the role of a rep has no address, and sees nothing. */
export function scopeOf(viewer: Viewer): Scope {
  return viewer.role === 'rep' ? { repEmail: viewer.email ?? '' } : EVERYTHING;
}

/** How somebody is written down in logs and timelines; {@link Viewer.name} may change or go away. */
export function actorOf(viewer: Viewer): string {
  return `${viewer.kind}:${viewer.id}`;
}
