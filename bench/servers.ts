import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { TEST_API_KEY } from '../tests/helpers/server';

export interface RunningServer {
  url: string;
  /** From the spawn to the first good answer, in milliseconds. */
  startMs: number;
  stop(): Promise<void>;
}

/** What a program sends with every request. */
export const CREDENTIALS = { authorization: `Bearer ${TEST_API_KEY}` };

/** Where a desk keeps its data: its directory, and the URL of its database. */
export interface DeskData {
  directory: string;
  url: string;
}

/** The desk as `npm start` serves it, on data of its own. */
export async function startDesk({ directory, url }: DeskData, port: number): Promise<RunningServer> {
  const child = spawn(process.execPath, ['scripts/serve.mjs'], {
    env: {
      ...process.env,
      HEADROOM_DATA_DIR: directory,
      DATABASE_URL: url,
      PORT: String(port),
      LOG_LEVEL: 'warn',
      HEADROOM_BOOTSTRAP_API_KEY: TEST_API_KEY,
      HEADROOM_RATE_LIMIT_FACTOR: '1000',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return ready(child, `http://127.0.0.1:${port}`, '/api/readyz');
}

/** The empty Next.js application in bench/bare, answering `bytesFile` on /bytes. */
export async function startBare(bytesFile: string, port: number): Promise<RunningServer> {
  const next = ['node_modules/next/dist/bin/next'];
  const built = spawnSync(process.execPath, [...next, 'build', 'bench/bare'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (built.status !== 0) throw new Error('The bare application does not build.');
  const child = spawn(process.execPath, [...next, 'start', 'bench/bare', '-H', '127.0.0.1', '-p', String(port)], {
    env: { ...process.env, BARE_BYTES: bytesFile, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return ready(child, `http://127.0.0.1:${port}`, '/bytes');
}

async function ready(child: ChildProcess, url: string, path: string): Promise<RunningServer> {
  const started = performance.now();
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The server at ${url} ended with code ${child.exitCode}.`);
    const answer = await fetch(`${url}${path}`).catch(() => null);
    if (answer?.ok) break;
    await setTimeout(10);
  }
  const startMs = performance.now() - started;
  return {
    url,
    startMs,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
