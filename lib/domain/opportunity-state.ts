import type { OpportunityStatus } from './expansion';

/** What a person can do to an opportunity, besides dispatching it. */
export type OpportunityAction = 'snooze' | 'dismiss' | 'reopen' | 'accept' | 'won' | 'lost';

export type ActionResult = { ok: true; status: OpportunityStatus } | { ok: false; reason: string };

/** The status of an opportunity that a scan has found (again); `current` is null for a new one, `held` whether a gate holds it. */
export function nextOnFound(
  current: { status: OpportunityStatus; snoozedUntil: Date | null } | null,
  held: boolean,
  now: Date,
): OpportunityStatus {
  const recomputed = held ? 'held' : 'open';
  if (current === null) return recomputed;
  switch (current.status) {
    case 'open':
    case 'held':
    case 'withdrawn':
      return recomputed;
    case 'snoozed':
      return current.snoozedUntil !== null && current.snoozedUntil > now ? 'snoozed' : recomputed;
    default:
      return current.status;
  }
}

/** The status of an opportunity that a scan no longer finds; what has been dispatched or dismissed stays. */
export function nextOnNotFound(status: OpportunityStatus): OpportunityStatus {
  return status === 'open' || status === 'held' || status === 'snoozed' ? 'withdrawn' : status;
}

/**
 * The status after a person's action, or why it is refused. `hasDraft`: a draft was left for it, so reopening goes back to
 * `drafted`. Reopening to `open` leaves the gates to the caller: follow it by {@link nextOnFound}.
 */
export function applyAction(status: OpportunityStatus, action: OpportunityAction, hasDraft: boolean): ActionResult {
  switch (action) {
    case 'snooze':
      return from(SNOOZABLE, 'snoozed', status, action);
    case 'dismiss':
      return from(DISMISSIBLE, 'dismissed', status, action);
    case 'accept':
      return from(['drafted'], 'accepted', status, action);
    case 'won':
    case 'lost':
      return from(CLOSABLE, action, status, action);
    case 'reopen':
      if (status === 'lost' && hasDraft) {
        return {
          ok: false,
          reason: 'A lost opportunity that sales has had cannot be reopened.',
        };
      }
      return from(REOPENABLE, hasDraft ? 'drafted' : 'open', status, action);
  }
}

const SNOOZABLE: readonly OpportunityStatus[] = ['open', 'held', 'snoozed'];
const DISMISSIBLE: readonly OpportunityStatus[] = ['open', 'held', 'snoozed', 'drafted', 'accepted'];
const CLOSABLE: readonly OpportunityStatus[] = ['drafted', 'accepted'];
const REOPENABLE: readonly OpportunityStatus[] = ['snoozed', 'dismissed', 'withdrawn', 'lost'];

const IN_WORDS: Readonly<Record<OpportunityAction, string>> = {
  snooze: 'be snoozed',
  dismiss: 'be dismissed',
  reopen: 'be reopened',
  accept: 'be accepted',
  won: 'be marked as won',
  lost: 'be marked as lost',
};

function from(
  allowed: readonly OpportunityStatus[],
  next: OpportunityStatus,
  status: OpportunityStatus,
  action: OpportunityAction,
): ActionResult {
  if (allowed.includes(status)) return { ok: true, status: next };
  return {
    ok: false,
    reason: `An opportunity that is ${status} cannot ${IN_WORDS[action]}.`,
  };
}
