import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { eventually } from './eventually';

export interface PostgresServer {
  /** Of its maintenance database; its user may make databases. */
  url: string;
  /** SIGINT (fast shutdown) or SIGKILL (a power cut), and start again on the same port. */
  restart(signal?: 'SIGINT' | 'SIGKILL'): Promise<void>;
  stop(): Promise<void>;
}

/** Where the machine's PostgreSQL has its programs; null where it has none. */
export function findPostgres(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => path.join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(path.delimiter),
    '/opt/homebrew/opt/postgresql/bin',
  ];
  return folders.find((folder) => existsSync(path.join(folder, 'initdb'))) ?? null;
}

/**
 * A PostgreSQL server of its own in a new directory, on a free port of this machine, with every guarantee of durability
 * on. Root may not run one: there it belongs to `postgres` or, without such a user, to `nobody`.
 * @param place `memory`: where the machine has such a file system with room, as what the disk does is not what is tested.
 */
export async function startPostgres(place: 'disk' | 'memory' = 'disk'): Promise<PostgresServer> {
  const programs = findPostgres();
  if (!programs) throw new Error('PostgreSQL is not installed: apt-get install postgresql, or set TEST_POSTGRES_URL.');
  const user = serverUser();
  const folder = place === 'memory' && hasRoom(IN_MEMORY) ? IN_MEMORY : tmpdir();
  const directory = mkdtempSync(path.join(folder, 'headroom-postgres-'));
  if (user.uid !== undefined) chownSync(directory, user.uid, user.gid ?? user.uid);
  const data = path.join(directory, 'data');
  const made = spawnSync(
    path.join(programs, 'initdb'),
    ['-D', data, '-U', 'headroom', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-instructions'],
    { ...user, cwd: directory, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const url = `postgres://headroom@127.0.0.1:${port}/postgres`;
  let child = start();

  function start() {
    const max_wal_size = folder === IN_MEMORY ? '512MB' : '4GB';
    const settings = { max_connections: 300, shared_buffers: '256MB', max_wal_size, log_min_messages: 'fatal' };
    return spawn(
      path.join(programs as string, 'postgres'),
      [
        ...['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', directory],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { ...user, cwd: directory, stdio: 'ignore' },
    );
  }

  async function end(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  // A test run that is broken off must not leave a server behind.
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  await eventually(() => answers(url), 'PostgreSQL', 30_000);
  return {
    url,
    async restart(signal = 'SIGINT') {
      await end(signal);
      child = start();
      await eventually(() => answers(url), 'PostgreSQL', 30_000);
    },
    async stop() {
      process.off('exit', killed);
      await end('SIGINT');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A file system that Linux keeps in memory; containers often have a small one. */
const IN_MEMORY = '/dev/shm';
const ROOM_BYTES = 4 * 1024 ** 3;

function hasRoom(directory: string): boolean {
  if (!existsSync(directory)) return false;
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize >= ROOM_BYTES;
}

/** Runs statements on a server, one after the other. */
export async function onPostgres(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function answers(url: string): Promise<boolean> {
  return onPostgres(url, 'SELECT 1').then(
    () => true,
    () => false,
  );
}

function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const ids = ['-u', '-g'].map((option) => Number(spawnSync('id', [option, name], { encoding: 'utf8' }).stdout));
    const [uid, gid] = ids;
    if (uid && gid) return { uid, gid };
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user «postgres» nor «nobody».');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
