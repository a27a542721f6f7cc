import type { DispatchLog } from '../ports/drafting';
import type { Dispatching } from './dispatching';
import { createDraftPump, type DraftPump, type DraftPumpOptions } from './draft-pump';

export interface DispatchPumpOptions
  extends Pick<DraftPumpOptions, 'mailboxes' | 'events' | 'isOwnerGone' | 'clock' | 'log'> {
  dispatchLog: DispatchLog;
  dispatching: Pick<Dispatching, 'step'>;
}

/** Takes the next step of every unfinished dispatch when its time comes, as {@link createDraftPump} does. */
export function createDispatchPump({ dispatchLog, dispatching, ...options }: DispatchPumpOptions): DraftPump {
  return createDraftPump({
    ...options,
    what: 'dispatch',
    queue: dispatchLog,
    step: dispatching.step,
    wakes: (event) => event.type === 'dispatch.changed' && (event.state === 'retrying' || event.state === 'uncertain'),
  });
}

export type DispatchPump = DraftPump;
