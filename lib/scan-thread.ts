import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { createRangeWork } from './agents/range-work';
import { openThreadDatabase } from './db/client';
import { createExpansionStore } from './db/expansion-store';
import { createHealthStore } from './db/health-store';
import { isAppError, publicMessage } from './errors';
import type { ThreadAnswer, ThreadCall, ThreadSetup } from './scan-threads';

/** Who reads a page gets the processor first. */
const BACKGROUND_PRIORITY = 10;
/** How long after its last call a thread rests, in milliseconds: while it still counts as at work. */
const REST_AFTER_MS = 300;

// A thread that scans: it works on ranges of accounts, one after the other, on a connection of its own.
const { database, rules, thread } = workerData as ThreadSetup;
const port = parentPort;
if (!port) throw new Error('This file runs as a thread.');
const answer = (message: ThreadAnswer) => port.postMessage(message);
// On Linux this is the thread's own priority; elsewhere it would be that of the whole process.
if (process.platform === 'linux') setPriority(BACKGROUND_PRIORITY);
const stopping = new AbortController();
const opened = openThreadDatabase(database, thread).then((db) => ({
  work: createRangeWork({ health: createHealthStore(db), expansion: createExpansionStore(db) }, rules),
  rest: db.rest,
}));
let resting: NodeJS.Timeout | null = null;

port.on('message', (call: ThreadCall) => {
  if (call.kind === 'stop') stopping.abort();
  else void carryOut(call);
});

async function carryOut(call: Exclude<ThreadCall, { kind: 'stop' }>): Promise<void> {
  if (resting) clearTimeout(resting);
  try {
    const { work } = await opened;
    if (call.kind === 'history') answer({ ok: true, value: await work.history(stopping.signal) });
    else if (call.kind === 'health') answer({ ok: true, value: await work.health(call.range, call.task) });
    else answer({ ok: true, value: await work.expansion(call.range, call.task) });
  } catch (error) {
    const code = isAppError(error) ? error.code : 'internal';
    const stack = error instanceof Error ? error.stack : undefined;
    answer({ ok: false, code, message: publicMessage(error), stack: stack ?? String(error) });
  }
  // What it leaves to others does not fail the scan, which is over.
  resting = setTimeout(() => void opened.then(({ rest }) => rest()).catch(() => {}), REST_AFTER_MS);
}
