import { withRoute } from '@/lib/http';

/** Keeps proxies and browsers from giving up on a quiet stream, and asks again who listens; in milliseconds. */
const HEARTBEAT_MS = 25_000;

/** What happens at the desk, as server-sent events; payloads carry ids, never text. */
export const GET = withRoute('GET /api/v1/events', {}, async ({ runtime, request }) => {
  const encoder = new TextEncoder();
  let end = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      const unsubscribe = runtime.events.subscribe((event) => send(`data: ${JSON.stringify(event)}\n\n`));
      const heartbeat = setInterval(() => {
        void runtime.access.identify(request.headers).then((still) => {
          if (still) return send(': still here\n\n');
          // The session or key was taken away meanwhile.
          end();
          controller.close();
        });
      }, HEARTBEAT_MS);
      heartbeat.unref();
      end = () => {
        unsubscribe();
        clearInterval(heartbeat);
      };
      request.signal.addEventListener('abort', () => {
        end();
        controller.close();
      });
      send('retry: 2000\n\n');
    },
    cancel: () => end(),
  });
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  });
});
