import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { databaseUrl } from './database';
import { eventually } from './eventually';

export interface TestProcess<Answer> {
  /** It has started and waits for `go`. */
  ready: Promise<unknown>;
  go(): void;
  /** Ends its input. */
  end(): void;
  /** The last line that it wrote, parsed. */
  answer: Promise<Answer>;
}

/** Runs a script of tests/helpers in a process of its own, on the desk whose data directory is the first argument. */
export function startProcess<Answer>(script: string, dataDir: string, ...args: string[]): TestProcess<Answer> {
  const child = spawn(process.execPath, ['--import', 'tsx', `tests/helpers/${script}`, dataDir, ...args], {
    env: { ...process.env, DATABASE_URL: databaseUrl(dataDir) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return {
    ready: eventually(
      () => {
        if (child.exitCode !== null) throw new Error(`${script} ended with ${child.exitCode} before it was ready.`);
        return output.startsWith('ready\n');
      },
      script,
      30_000,
    ),
    go: () => child.stdin.write('go\n'),
    end: () => child.stdin.end(),
    answer: once(child, 'close').then(() => JSON.parse(output.trim().split('\n').at(-1) ?? '') as Answer),
  };
}
