import type { AppEvent, EventBus, Log } from '../../ports';

/** Tells the listeners of this process, in order; one that throws is logged and does not stop the others. */
export function createInProcessEventBus(log: Log): EventBus {
  const listeners = new Set<(event: AppEvent) => void>();
  return {
    publish(event) {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch (error) {
          log.error({ event: event.type, err: error }, 'A listener of an event failed');
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
