import type { AppEvent } from '@/lib/ports';

/** First part of every query key: what an event invalidates. Features build their own keys on these. */
export const keyRoots = {
  workspace: 'workspace',
  opportunities: 'opportunities',
  accounts: 'accounts',
  dispatches: 'dispatches',
  agents: 'agents',
  runs: 'runs',
  webhooks: 'webhooks',
  reviews: 'reviews',
  alerts: 'alerts',
  schedule: 'schedule',
} as const;

export type KeyRoot = (typeof keyRoots)[keyof typeof keyRoots];

export const allKeyRoots: readonly KeyRoot[] = Object.values(keyRoots);

const AFFECTED: Record<AppEvent['type'], readonly KeyRoot[]> = {
  'run.changed': ['workspace', 'agents', 'runs'],
  'review.changed': ['reviews'],
  'dispatch.changed': ['dispatches', 'opportunities', 'accounts', 'agents', 'workspace'],
  'dispatch.drafted': ['dispatches', 'opportunities', 'accounts', 'workspace'],
  'dispatch.failed': ['dispatches', 'opportunities', 'accounts', 'workspace'],
  'opportunity.changed': ['opportunities', 'accounts', 'workspace'],
  'accounts.changed': ['accounts', 'opportunities', 'agents', 'workspace', 'reviews', 'schedule'],
  'webhooks.changed': ['webhooks'],
  'alerts.changed': ['alerts'],
  'notice.changed': ['alerts', 'reviews'],
  'schedule.changed': ['agents', 'workspace', 'schedule'],
  'desk.resumed': allKeyRoots,
};

/** Query key roots whose data an event may have changed; none for an event that this page does not know. */
export function affectedRoots(event: unknown): readonly KeyRoot[] {
  if (typeof event !== 'object' || event === null || !('type' in event) || typeof event.type !== 'string') return [];
  return (AFFECTED as Partial<Record<string, readonly KeyRoot[]>>)[event.type] ?? [];
}
