/** What systems outside may be told of. */

/** What happens at the desk that systems outside may want to know. The names are a promise to whoever listens. */
export const DESK_EVENT_TYPES = [
  'health.scored',
  'health.rag_changed',
  'churn.alert',
  'expansion.detected',
  'dispatch.drafted',
  'dispatch.failed',
  'qbr.ready',
] as const;

export type DeskEventType = (typeof DESK_EVENT_TYPES)[number];

/** One event, written in the transaction that makes it true (lib/db/event-log.ts). */
export interface DeskEvent {
  type: DeskEventType;
  /** The account it is about; null for one about the portfolio. */
  accountId: string | null;
  /** JSON. Facts and ids; no secrets, and no text that a person did not mean for others. */
  data: Record<string, unknown>;
}
