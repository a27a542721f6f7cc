/** Of the instances on one database, one talks to Notion at a time: its limit is the token's, not the process's. */
export interface Talk {
  /** Waits for the turn. @returns what gives it back. */
  enter(signal: AbortSignal): Promise<() => Promise<void>>;
  /** Null where another instance has it. */
  tryEnter(): Promise<(() => Promise<void>) | null>;
}

interface Turns {
  turn(key: string, signal: AbortSignal): Promise<() => Promise<void>>;
  tryTurn(key: string): Promise<(() => Promise<void>) | null>;
}

const KEY = 'notion';

/** Within this process pulls and writes share the turn: the last to leave gives it back. */
export function createTalk(instances: Turns): Talk {
  let inside = 0;
  let giveBack: (() => Promise<void>) | null = null;
  let entering: Promise<unknown> = Promise.resolve();

  /** One after the other: two that enter at once would each think themselves the first. */
  function next<T>(work: () => Promise<T>): Promise<T> {
    const done = entering.then(work, work);
    entering = done.catch(() => undefined);
    return done;
  }

  async function leave(): Promise<void> {
    inside -= 1;
    if (inside > 0) return;
    const back = giveBack;
    giveBack = null;
    await back?.();
  }

  function enterWith(take: () => Promise<(() => Promise<void>) | null>): Promise<(() => Promise<void>) | null> {
    return next(async () => {
      if (inside === 0) giveBack = await take();
      if (inside === 0 && giveBack === null) return null;
      inside += 1;
      let left = false;
      return () =>
        next(async () => {
          if (left) return;
          left = true;
          await leave();
        });
    });
  }

  return {
    async enter(signal) {
      const left = await enterWith(() => instances.turn(KEY, signal));
      if (!left) throw new Error('The turn was not given.');
      return left;
    },
    tryEnter: () => enterWith(() => instances.tryTurn(KEY)),
  };
}
