import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { removeDirectory, temporaryDirectory } from './database';

/** An admin's key that every test server accepts. */
export const TEST_API_KEY = 'hr_test-key-of-every-server-that-tests-start';

export interface TestServer {
  /** `http://localhost:…` */
  url: string;
  /** Everything it has printed. */
  output(): string;
  dataDir: string;
  /** Asks it to stop, as a service manager does. @returns its exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
}

export interface TestServerOptions {
  demo?: boolean;
  /** An existing data directory; it stays when the server stops. */
  dataDir?: string;
  env?: Record<string, string>;
}

/** The production server in a process of its own, on a free port and an empty data directory unless one is given. */
export async function startServer({ demo = false, ...options }: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await temporaryDirectory());
  const child = spawn(process.execPath, ['scripts/serve.mjs', ...(demo ? ['--demo'] : [])], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: '0',
      HEADROOM_DATA_DIR: dataDir,
      DATABASE_URL: '',
      LOG_LEVEL: 'warn',
      HEADROOM_BOOTSTRAP_API_KEY: TEST_API_KEY,
      HEADROOM_RATE_LIMIT_FACTOR: '1000',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const exited = once(child, 'exit') as Promise<[number | null]>;
  createInterface(child.stderr).on('line', (line) => lines.push(line));
  const address = new Promise<string>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      const [, url] = /is ready: (http:\S+)/.exec(line) ?? [];
      if (url) resolve(url);
    });
  });
  const output = () => lines.join('\n');
  const url = await Promise.race([
    address,
    exited.then(([code]) => Promise.reject(new Error(`Exit ${code}\n${output()}`))),
  ]);
  return {
    url,
    output,
    dataDir,
    async stop() {
      child.kill('SIGTERM');
      const [code] = await exited;
      if (options.dataDir === undefined) await removeDirectory(dataDir);
      return code;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
