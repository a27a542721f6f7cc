import { setTimeout as pause } from 'node:timers/promises';
import type { Leases, Log } from './ports';

export interface InstancesOptions {
  leases: Leases;
  /** Names this process. */
  owner: string;
  /** Whether a process is known to be gone without asking the database. */
  isOwnerGone: (owner: string) => boolean;
  log: Log;
}

const PRESENCE = 'instance:';
/** An instance that has not been heard of for this long is taken for dead. */
const PRESENCE_MS = 30_000;
const RENEW_MS = 10_000;
/** How often whoever waits for a turn asks for it. */
const ASK_MS = 200;

/**
 * What instances of the desk on one database know of each other: who is there, and whose turn it is. By leases in the
 * database, on its clock, so that clocks which differ do no harm.
 */
export function createInstances({ leases, owner, isOwnerGone, log }: InstancesOptions) {
  const held = new Set<string>();
  let timer: NodeJS.Timeout | null = null;

  async function renew(): Promise<void> {
    for (const key of held) {
      const kept = await leases.acquire(key, owner, PRESENCE_MS).catch(() => true);
      if (!kept) log.warn({ key }, 'A lease was lost: this instance was taken for dead');
    }
  }

  async function hold(key: string): Promise<boolean> {
    if (!(await leases.acquire(key, owner, PRESENCE_MS))) return false;
    held.add(key);
    timer ??= setInterval(() => void renew(), RENEW_MS).unref();
    return true;
  }

  async function letGo(key: string): Promise<void> {
    held.delete(key);
    await leases.release(key, owner);
  }

  return {
    /** From now on others know that this instance lives. */
    async enter(): Promise<void> {
      await leases.forget();
      await hold(`${PRESENCE}${owner}`);
    },

    /** Of those who may own something, the ones that are gone. */
    async gone(owners: readonly string[]): Promise<Set<string>> {
      const others = owners.filter((other) => other !== owner);
      if (others.length === 0) return new Set();
      const living = await leases.owners(PRESENCE);
      return new Set(others.filter((other) => isOwnerGone(other) || !living.has(other)));
    },

    /** For one of several that all come to the same moment, such as a firing of the schedule. */
    elect: (key: string, ttlMs: number): Promise<boolean> => leases.acquire(`once:${key}`, owner, ttlMs),

    /** Waits for the turn that one instance has at a time. @returns what gives it back. */
    async turn(key: string, signal: AbortSignal): Promise<() => Promise<void>> {
      for (;;) {
        signal.throwIfAborted();
        if (await hold(`turn:${key}`)) return () => letGo(`turn:${key}`);
        const holder = await leases.holder(`turn:${key}`);
        if (holder !== null && isOwnerGone(holder)) await leases.release(`turn:${key}`, holder);
        else await pause(ASK_MS, undefined, { signal });
      }
    },

    /** The same without waiting; null where another instance has the turn. */
    async tryTurn(key: string): Promise<(() => Promise<void>) | null> {
      if (await hold(`turn:${key}`)) return () => letGo(`turn:${key}`);
      const holder = await leases.holder(`turn:${key}`);
      if (holder !== null && isOwnerGone(holder)) await leases.release(`turn:${key}`, holder);
      return null;
    },

    /** Lets go of everything. */
    async leave(): Promise<void> {
      if (timer) clearInterval(timer);
      for (const key of [...held]) await letGo(key);
    },
  };
}

export type Instances = ReturnType<typeof createInstances>;
