import type { LookupFunction, Socket } from 'node:net';
import type { ImapFlow, ImapFlowOptions } from 'imapflow';
import { AppError, isAppError } from '../../errors';
import { type ImapPhase, imapError, isAnswer } from './imap-failures';

export interface ImapAccount {
  host: string;
  port: number;
  /** `none` sends the password in the clear and is taken for this very machine only. */
  security: 'tls' | 'starttls' | 'none';
  user: string;
  password: string;
  /** Certificate authority to trust instead of the system's, as PEM. */
  ca?: string;
  /** Name in the server's certificate, where it is not `host`. */
  servername?: string;
  /** How `host` becomes an address; may refuse one. */
  lookup?: LookupFunction;
  /** Longest time for one call, connecting included, in milliseconds. */
  timeoutMs: number;
  /** How long a connection that nobody uses is kept, in milliseconds. */
  idleMs?: number;
}

/** One call on the connection, from its first command to its last. */
export interface ImapCall {
  client: ImapFlow;
  /** From here on the server may hold the draft: a connection that is lost now leaves the outcome unknown. */
  appending(): void;
}

export interface ImapConnection {
  /**
   * Has `work` talk to the server, one call after the other. What is given up, because `signal` aborts or time is over,
   * ends at once and leaves a closed connection behind. @throws AppError of the mail port.
   */
  use<T>(work: (call: ImapCall) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Says goodbye once the calls under way are done; further ones are refused. */
  close(): Promise<void>;
}

const IDLE_MS = 60_000;
const GOODBYE_MS = 1_000;
/** No answer that we ask for is larger: a draft with what a rep has attached. In bytes. */
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** A connection to one account, opened when first used and anew when it was lost. */
export function createImapConnection(account: ImapAccount): ImapConnection {
  const { timeoutMs, idleMs = IDLE_MS } = account;
  let kept: ImapFlow | null = null;
  let idle: NodeJS.Timeout | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let closed = false;

  async function perform<T>(work: (call: ImapCall) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const deadline = AbortSignal.timeout(timeoutMs);
    const stop = signal ? AbortSignal.any([signal, deadline]) : deadline;
    for (;;) {
      const reused = kept?.usable === true;
      const client = reused && kept ? kept : await newClient(account);
      const call = {
        phase: 'connect' as ImapPhase,
        client,
        appending() {
          call.phase = 'append';
        },
      };
      const drop = () => {
        if (kept === client) kept = null;
        client.close();
      };
      stop.addEventListener('abort', drop, { once: true });
      try {
        if (stop.aborted) throw tooLate(account);
        if (!reused) await client.connect();
        kept = client;
        // A command and its message are two writes: the second would wait until the first is acknowledged.
        socketOf(client)?.ref().setNoDelay(true);
        call.phase = 'read';
        return await work(call);
      } catch (error) {
        // Whatever is not the server's own answer leaves a connection that nobody knows the state of.
        const answered = isAppError(error) || isAnswer(error);
        if (!answered || call.phase === 'connect' || stop.aborted) drop();
        if (call.phase !== 'append' && stop.aborted) throw tooLate(account);
        // A kept connection that died meanwhile tells us so only now. Nothing was stored: once more, on a new one.
        if (call.phase !== 'append' && reused && !answered) continue;
        throw imapError(error, call.phase, account, account.password);
      } finally {
        stop.removeEventListener('abort', drop);
      }
    }
  }

  /** Nobody waits for a connection that rests: it keeps no process alive, and ends by itself. */
  function rest(): void {
    if (!kept || waiting > 0) return;
    socketOf(kept)?.unref();
    idle = setTimeout(() => void leave(), idleMs);
    idle.unref();
  }

  async function leave(): Promise<void> {
    const client = kept;
    kept = null;
    if (!client) return;
    const patience = setTimeout(() => client.close(), GOODBYE_MS);
    await client.logout().catch(() => {});
    clearTimeout(patience);
    client.close();
  }

  return {
    use(work, signal) {
      if (closed)
        return Promise.reject(unavailable(account, 'is not used any more: the desk stops, or its settings changed'));
      clearTimeout(idle);
      waiting += 1;
      let begun = false;
      const turn = tail.then(() => {
        begun = true;
        return perform(work, signal);
      });
      tail = turn
        .catch(() => {})
        .then(() => {
          waiting -= 1;
          rest();
        });
      if (!signal) return turn;
      return new Promise((fulfil, reject) => {
        // Its turn may come late, after the call before it; that it is aborted is known now.
        const leaveQueue = () => begun || reject(tooLate(account));
        if (signal.aborted) leaveQueue();
        signal.addEventListener('abort', leaveQueue, { once: true });
        turn.then(fulfil, reject).finally(() => signal.removeEventListener('abort', leaveQueue));
      });
    },
    async close() {
      closed = true;
      await tail;
      clearTimeout(idle);
      await leave();
    },
  };
}

async function newClient(account: ImapAccount): Promise<ImapFlow> {
  const { ImapFlow } = await import('imapflow');
  const client = new ImapFlow(clientOptions(account));
  // What goes wrong reaches the call that waits for it; between calls there is nobody to tell.
  client.on('error', () => {});
  return client;
}

function clientOptions(account: ImapAccount): ImapFlowOptions {
  const { host, port, security, user, password, ca, servername, lookup, timeoutMs } = account;
  return {
    host,
    port,
    secure: security === 'tls',
    ...(security === 'tls' ? {} : { doSTARTTLS: security === 'starttls' }),
    ...(servername === undefined ? {} : { servername }),
    tls: {
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca }),
      ...(lookup === undefined ? {} : { lookup }),
    },
    auth: { user, pass: password },
    clientInfo: { name: 'Headroom', version: false, vendor: false, 'support-url': false },
    // It would write down what it says and hears.
    logger: false,
    disableAutoIdle: true,
    disableAutoEnable: true,
    disableCompression: true,
    disableIMAP4rev2: true,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    maxLineLength: LARGEST_ANSWER,
    maxLiteralSize: LARGEST_ANSWER,
    maxResponseSize: 2 * LARGEST_ANSWER,
  };
}

/** The client's types leave its socket out; whether it keeps the process alive is said to it alone. */
function socketOf(client: ImapFlow): Socket | null {
  return (client as unknown as { socket: Socket | null }).socket || null;
}

function tooLate(account: ImapAccount): AppError {
  return unavailable(account, 'did not answer in time');
}

function unavailable({ host, port }: ImapAccount, why: string): AppError {
  return new AppError('mail_unavailable', `The mail server ${host}:${port} ${why}.`, {
    retryable: true,
    remedy: 'Nothing was stored. The desk tries again by itself.',
  });
}
