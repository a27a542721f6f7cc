interface Alarm {
  due: number;
  every: number | null;
  ring: () => void;
}

/**
 * Time of this process as a test tells it: `Date` and the timers follow it. Timers run by how much time has passed, like
 * those of the system: a clock that is put forward or back moves none of them.
 */
export interface VirtualTime {
  /** Lets time pass, one timer after the other; `settled` resolves when what a timer has begun is done. */
  pass(ms: number, settled: () => Promise<void>): Promise<void>;
  /** Puts the clock to another time, in which no time passes. */
  putTo(time: Date): void;
}

export function installVirtualTime(start: Date): VirtualTime {
  const RealDate = Date;
  let passed = 0;
  let offset = start.getTime();
  let last = 0;
  const alarms = new Map<number, Alarm>();
  const now = () => offset + passed;

  class VirtualDate extends RealDate {
    constructor(...given: unknown[]) {
      if (given.length === 0) super(now());
      else super(...(given as [number]));
    }
    static override now(): number {
      return now();
    }
  }

  function set(work: (...args: unknown[]) => void, ms: number, every: boolean, args: unknown[]): object {
    last += 1;
    const id = last;
    // Like the system's, a timer rings a moment after its time rather than before it.
    const wait = Math.max(1, Number(ms) || 1);
    alarms.set(id, { due: passed + wait, every: every ? wait : null, ring: () => work(...args) });
    const handle = { id, ref: () => handle, unref: () => handle, hasRef: () => true, [Symbol.toPrimitive]: () => id };
    return handle;
  }
  const clear = (handle: unknown) => {
    if (handle) alarms.delete(Number(handle));
  };
  Object.assign(globalThis, {
    Date: VirtualDate,
    setTimeout: (work: () => void, ms: number, ...args: unknown[]) => set(work, ms, false, args),
    setInterval: (work: () => void, ms: number, ...args: unknown[]) => set(work, ms, true, args),
    clearTimeout: clear,
    clearInterval: clear,
  });

  return {
    async pass(ms, settled) {
      const end = passed + ms;
      for (;;) {
        const [id, next] = [...alarms].reduce<[number, Alarm | null]>(
          (best, [key, alarm]) => (best[1] === null || alarm.due < best[1].due ? [key, alarm] : best),
          [0, null],
        );
        if (next === null || next.due > end) break;
        passed = Math.max(passed, next.due);
        if (next.every === null) alarms.delete(id);
        else next.due += next.every;
        next.ring();
        await settled();
      }
      passed = end;
    },
    putTo(time) {
      offset = time.getTime() - passed;
    },
  };
}
