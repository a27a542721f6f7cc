import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/** The scripts of tests/helpers that the faults run as processes of their own. */
const SCRIPTS = ['mail-provider', 'fault-desk', 'doomed-desk', 'scheduler-life', 'lock-holder'] as const;
export type FaultScript = (typeof SCRIPTS)[number];

/** Below node_modules, where the scripts find their packages. */
const BUILT = path.resolve('node_modules/.cache/headroom-faults');

/** Puts each script into one file: a process that starts from its sources takes twice as long, and hundreds start. */
export default async function buildFaultScripts(): Promise<void> {
  mkdirSync(BUILT, { recursive: true });
  await build({
    entryPoints: SCRIPTS.map((name) => `tests/helpers/${name}.ts`),
    outdir: BUILT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
  });
}

export interface ScriptProcess {
  /** `http://127.0.0.1:…`, where it listens. */
  url: string;
  pid: number;
  /** What it has printed since it was ready, errors included. */
  output(): string;
  /** Sends the signal and waits for the end. @returns the exit code; null where a signal ended it. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
  /** Resolves with its exit code when it ends by itself, or null where a signal ended it. */
  ended: Promise<number | null>;
  child: ChildProcess;
}

/** Starts a script and waits until it says that it is ready. */
export async function startScript(
  script: FaultScript,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<ScriptProcess> {
  const child = spawn(process.execPath, ['--enable-source-maps', path.join(BUILT, `${script}.mjs`), ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  // A process that is gone takes no more orders.
  child.stdin.on('error', () => {});
  let output = '';
  const port = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const [, found] = /^ready (\d+)$/m.exec(output) ?? [];
      if (found) resolve(found);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    void ended.then((code) => reject(new Error(`${script} ended with ${code} before it was ready:\n${output}`)));
  });
  return {
    url: `http://127.0.0.1:${await port}`,
    pid: child.pid ?? 0,
    output: () => output,
    async kill(signal) {
      child.kill(signal);
      return ended;
    },
    ended,
    child,
  };
}
