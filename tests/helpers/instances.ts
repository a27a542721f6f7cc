import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { AppEvent } from '../../lib/ports';

/** One instance of the desk, in a process of its own. */
export interface Instance {
  pid: number;
  /** What it has heard of, its own and that of others. */
  events: AppEvent[];
  ask<T>(command: 'scan' | 'run' | 'dispatch' | 'stop', argument?: string): Promise<T>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an instance; several on one database are given the same `url`. */
export async function startInstance(dataDir: string, url: string, env: Record<string, string> = {}): Promise<Instance> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'tests/helpers/instance.ts', dataDir], {
    env: { ...process.env, ...env, DATABASE_URL: url },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const events: AppEvent[] = [];
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let asked = 0;
  const ready = new Promise<void>((resolve, reject) => {
    void exited.then(([code]) => {
      const gone = new Error(`The instance ended with ${code}.`);
      reject(gone);
      for (const call of waiting.values()) call.reject(gone);
    });
    createInterface(child.stdout).on('line', (line) => {
      const message = JSON.parse(line) as {
        ready?: number;
        event?: AppEvent;
        id?: number;
        value?: unknown;
        error?: string;
      };
      if (message.ready) resolve();
      if (message.event) events.push(message.event);
      const call = waiting.get(message.id ?? 0);
      if (!call) return;
      waiting.delete(message.id ?? 0);
      if (message.error === undefined) call.resolve(message.value);
      else call.reject(new Error(message.error));
    });
  });
  await ready;
  const ask: Instance['ask'] = (command, argument = '') => {
    asked += 1;
    const id = asked;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      child.stdin.write(`${JSON.stringify({ id, command, argument })}\n`);
    });
  };
  return {
    pid: child.pid ?? 0,
    events,
    ask,
    async kill() {
      if (!isOver(child)) child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      if (isOver(child)) return;
      await ask('stop').catch(() => {});
      child.stdin.end();
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function isOver(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
