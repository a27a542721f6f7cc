import type { DeskEvent } from '../ports';
import { newId } from './ids';
import { dbTime, insertRows, type SqlClient } from './sql';

/** Appends events to the log, in the transaction of whatever made them true. */
export async function appendEvents(tx: SqlClient, events: readonly DeskEvent[], now: Date): Promise<void> {
  await insertRows(
    tx,
    'desk_events',
    ['id', 'type', 'account_id', 'occurred_at', 'data'],
    events.map(({ type, accountId, data }) => [`evt_${newId()}`, type, accountId, dbTime(now), JSON.stringify(data)]),
  );
}
