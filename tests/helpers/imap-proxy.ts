import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What happens to a connection, or to the next command that stores a message. */
export type ImapFault =
  | 'none'
  /** The port is closed. */
  | 'refuse'
  /** The server takes the connection and never says a word. */
  | 'mute'
  /** It greets with a goodbye. */
  | 'bye'
  /** Every answer takes a while. */
  | 'slow'
  /** The connection ends with the command line, before the message is on its way. */
  | 'cut_at_append'
  /** The connection ends in the middle of the message. */
  | 'cut_in_message'
  /** The message is stored; the connection ends before the answer. */
  | 'cut_after_append'
  /** The message is stored; no answer comes. */
  | 'hang_after_append';

/** Changes a line of the server; an array puts lines in its place. */
export type AnswerEdit = (line: string, command: ImapCommand) => string | string[];

/** A command of the client, without what could be secret in it. */
export interface ImapCommand {
  name: string;
  tag: string;
}

export interface ImapProxy {
  port: number;
  /** Every command that was ever said, in order: `UID SEARCH`, `APPEND`. */
  commands: string[];
  /** Everything that went to the server, as said. */
  said(): string;
  /** Connections that are open now, and how many there ever were. */
  open(): number;
  total(): number;
  plan(fault: ImapFault): Promise<void>;
  /** Changes what the server answers, until told otherwise. */
  edit(change: AnswerEdit | null): void;
  /** Ends all connections, as a network does. */
  cut(): void;
  close(): Promise<void>;
}

const SLOW_MS = 40;

/** Stands between a client and an IMAP server in the clear, writes down what is said, and does harm when asked to. */
export async function startImapProxy(target: { port: number }): Promise<ImapProxy> {
  const commands: string[] = [];
  const pairs = new Set<[Socket, Socket | null]>();
  const spoken: string[] = [];
  let fault: ImapFault = 'none';
  let edit: AnswerEdit | null = null;
  let total = 0;
  let port = 0;
  let server: Server | null = null;

  function serve(client: Socket): void {
    total += 1;
    client.on('error', () => {});
    if (fault === 'bye' || fault === 'mute') {
      const pair: [Socket, null] = [client, null];
      pairs.add(pair);
      client.on('close', () => pairs.delete(pair));
      if (fault === 'bye') client.end('* BYE [UNAVAILABLE] Too many connections, come back later\r\n');
      return;
    }
    const upstream = dial({ host: '127.0.0.1', port: target.port, noDelay: true });
    upstream.on('error', () => {});
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of pair) {
      socket.on('close', () => {
        pairs.delete(pair);
        cut();
      });
    }
    let current: ImapCommand = { name: '', tag: '' };
    let storing: ImapFault = 'none';

    const fromClient = createSplitter({
      line(line) {
        const command = commandOf(line, current);
        if (command) {
          current = command;
          commands.push(command.name);
          storing = 'none';
          if (command.name === 'APPEND') {
            storing = fault;
            if (isOfAppend(fault)) fault = 'none';
          }
        }
        if (storing === 'cut_at_append') return cut();
        spoken.push(line);
        upstream.write(line, 'latin1');
      },
      literal(bytes) {
        if (storing !== 'cut_in_message') return void upstream.write(bytes);
        upstream.write(bytes.subarray(0, Math.floor(bytes.length / 2)), cut);
      },
    });
    const fromServer = createSplitter({
      line(line) {
        if (line.startsWith(`${current.tag} `)) {
          // Refused before the message was sent: it will not come.
          fromClient.expectLine();
          if (storing === 'cut_after_append') return cut();
          if (storing === 'hang_after_append') return;
        }
        const text = line.replace(/\r\n$/, '');
        const lines = [edit?.(text, current) ?? text].flat();
        // In one piece: what comes together is heard together.
        client.write(lines.map((each) => `${each}\r\n`).join(''), 'latin1');
      },
      literal: (bytes) => void client.write(bytes),
    });
    client.on('data', (chunk: Buffer) => fromClient.take(chunk));
    let before = Promise.resolve();
    upstream.on('data', (chunk: Buffer) => {
      const late = fault === 'slow';
      before = before.then(async () => {
        if (late) await wait(SLOW_MS);
        fromServer.take(chunk);
      });
    });
  }

  async function listen(): Promise<void> {
    const created = createServer({ noDelay: true }, serve);
    await new Promise<void>((resolve) => created.listen(port, '127.0.0.1', resolve));
    port = (created.address() as { port: number }).port;
    server = created;
  }

  function cutAll(): void {
    for (const sockets of pairs) for (const socket of sockets) socket?.destroy();
  }

  async function deaf(): Promise<void> {
    const closing = server;
    server = null;
    cutAll();
    await new Promise<void>((resolve) => (closing ? closing.close(() => resolve()) : resolve()));
  }

  await listen();
  return {
    get port() {
      return port;
    },
    commands,
    said: () => spoken.join(''),
    open: () => pairs.size,
    total: () => total,
    async plan(next) {
      fault = next;
      if (next === 'refuse') await deaf();
      else if (!server) await listen();
      // What stands is from before the fault.
      if (next === 'mute' || next === 'bye') cutAll();
    },
    edit(change) {
      edit = change;
    },
    cut: cutAll,
    close: deaf,
  };
}

function isOfAppend(fault: ImapFault): boolean {
  return fault.endsWith('append') || fault === 'cut_in_message';
}

function commandOf(line: string, current: ImapCommand): ImapCommand | null {
  const [, tag, first = '', second = ''] = /^([^\s+*]+) ([A-Za-z]+)(?: ([A-Za-z]+))?/.exec(line) ?? [];
  // What answers a challenge, and what goes on after a literal, has no tag.
  if (tag === undefined || tag === current.tag) return null;
  const name = first.toUpperCase();
  return { tag, name: name === 'UID' ? `UID ${second.toUpperCase()}` : name };
}

interface Splitter {
  take(chunk: Buffer): void;
  expectLine(): void;
}

/** Parts a stream of IMAP into lines, with their ends, and literals (`{12}` at the end of a line announces one). */
function createSplitter(to: { line(line: string): void; literal(bytes: Buffer): void }): Splitter {
  let rest: Buffer = Buffer.alloc(0);
  let literal = 0;
  return {
    expectLine() {
      literal = 0;
    },
    take(chunk) {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const end = literal > 0 ? literal : rest.indexOf('\r\n') + 2;
        if (end < 2 || rest.length < end) return;
        const part = rest.subarray(0, end);
        rest = rest.subarray(end);
        if (literal > 0) {
          literal = 0;
          to.literal(part);
        } else {
          const line = part.toString('latin1');
          literal = Number(/\{(\d+)\+?\}\r\n$/.exec(line)?.[1] ?? 0);
          to.line(line);
        }
      }
    },
  };
}
