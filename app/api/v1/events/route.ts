import { scopeOf, type Viewer } from '@/lib/domain/access';
import { withRoute } from '@/lib/http';

/** Keeps proxies and browsers from giving up on a quiet stream, and asks again who listens; in milliseconds. */
const HEARTBEAT_MS = 25_000;

/**
 * What happens at the desk, as server-sent events; payloads carry ids, never text. Whoever does not see every account
 * hears that something of a kind happened, not to what. `opened` comes first: its data, and the id of each event after
 * it, say how far the events are.
 */
export const GET = withRoute('GET /api/v1/events', {}, async ({ runtime, request, viewer }) => {
  const encoder = new TextEncoder();
  const seesAll = viewer !== null && seesEverything(viewer);
  let end = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      const unsubscribe = runtime.events.subscribe((event) => {
        const told = seesAll ? event : { type: event.type };
        send(`id: ${runtime.eventPosition()}\ndata: ${JSON.stringify(told)}\n\n`);
      });
      const close = () => {
        end();
        controller.close();
      };
      const heartbeat = setInterval(() => {
        void runtime.access.identify(request.headers).then(
          // The session or key may have been taken away meanwhile, or its role changed.
          (still) => (still && seesEverything(still.viewer) === seesAll ? send(': still here\n\n') : close()),
          close,
        );
      }, HEARTBEAT_MS);
      heartbeat.unref();
      end = () => {
        unsubscribe();
        clearInterval(heartbeat);
      };
      request.signal.addEventListener('abort', close);
      send(`retry: 2000\nevent: opened\ndata: ${runtime.eventPosition()}\n\n`);
    },
    cancel: () => end(),
  });
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  });
});

function seesEverything(viewer: Viewer): boolean {
  return scopeOf(viewer).repEmail === null;
}
