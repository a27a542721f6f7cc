/**
 * One run of `work` at a time. Those who ask while one is under way share the next, which begins after they asked: what they
 * are answered is never from before, and what comes of the runs comes in their order.
 */
export function latest<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | null = null;
  let next: Promise<T> | null = null;
  const start = (): Promise<T> => {
    next = null;
    const running = work().finally(() => {
      if (current === running) current = null;
    });
    current = running;
    return running;
  };
  return () => {
    if (!current) return start();
    next ??= current.then(start, start);
    return next;
  };
}
