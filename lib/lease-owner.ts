import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** Names this process in leases: host, process id, and a part of its own, since process ids come back. */
export function createLeaseOwner(): string {
  return [hostname(), process.pid, randomUUID().slice(0, 8)].join('/');
}

/** Whether the holder of a lease is known to be gone: a process of this host that no longer runs. */
export function isOwnerGone(owner: string, self: string): boolean {
  if (owner === self) return false;
  const [host, pid] = owner.split('/');
  if (host !== hostname()) return false;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
