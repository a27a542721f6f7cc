import type { AppEvent, EventBus, Log, Mailboxes } from '../ports';
import type { DispatchLog, DispatchRecord, DispatchState } from '../ports/drafting';
import { createDrafting, type Drafting, type DraftPolicy } from './drafting';
import type { SalesAgent } from './sales';

export type DispatchPolicy = DraftPolicy;

export interface DispatchingOptions {
  log: DispatchLog;
  salesAgent: SalesAgent;
  mailboxes: Mailboxes;
  events: EventBus;
  policy: DispatchPolicy;
  /** Names this process in leases. */
  owner: string;
  clock: () => Date;
  random: () => number;
  logger: Log;
}

/**
 * Carries dispatches from claim to draft, as {@link createDrafting} does. At most one draft an opportunity. The draft is
 * the sales agent's work.
 */
export function createDispatching({ salesAgent, events, ...options }: DispatchingOptions) {
  const { owner, clock, logger } = options;

  function changed(dispatch: { id: string; opportunityId: string }, state: DispatchState): DispatchState {
    const ids = { dispatchId: dispatch.id, opportunityId: dispatch.opportunityId };
    events.publish({ type: 'dispatch.changed', ...ids, state } satisfies AppEvent);
    if (state === 'drafted') events.publish({ type: 'dispatch.drafted', ...ids });
    if (state === 'failed') events.publish({ type: 'dispatch.failed', ...ids });
    return state;
  }

  const drafting: Drafting<DispatchRecord> = createDrafting<DispatchRecord>({
    ...options,
    what: 'dispatch',
    changed,
    make: (dispatch, signal) =>
      salesAgent.execute(dispatch.task as typeof dispatch.task & Record<string, unknown>, {
        now: clock(),
        actor: owner,
        signal,
        log: logger,
        dispatch: {
          id: dispatch.id,
          messageId: dispatch.messageId,
          accountName: dispatch.accountName,
          talkTrackOrigin: dispatch.talkTrackOrigin,
          recipient: dispatch.recipient,
          mailboxId: dispatch.mailboxId,
          createdAt: dispatch.createdAt,
        },
      }),
  });
  return { ...drafting, changed };
}

export type Dispatching = ReturnType<typeof createDispatching>;
