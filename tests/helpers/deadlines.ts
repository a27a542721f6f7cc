import { vi } from 'vitest';

export interface Deadlines {
  /** The time that this signal stands for is over. */
  expire(signal: AbortSignal): void;
  restore(): void;
}

/** From now on `AbortSignal.timeout` never fires by itself, only when the test says so: no test waits for a timer. */
export function controlDeadlines(): Deadlines {
  const controllers = new WeakMap<AbortSignal, AbortController>();
  const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
    const controller = new AbortController();
    controllers.set(controller.signal, controller);
    return controller.signal;
  });
  return {
    expire(signal) {
      controllers.get(signal)?.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    },
    restore: () => spy.mockRestore(),
  };
}
