import type { Attributes, Span } from '@opentelemetry/api';
import type { TracingConfig } from './config';

/** Spans of what the desk does, for whoever collects traces. Attributes carry ids and codes, never names or texts. */
export interface Tracing {
  /**
   * Runs the work within a span, which ends with it and says whether it failed.
   * @param root starts a trace of its own, for what was not asked for by whatever happens to be under way.
   */
  span<T>(name: string, attributes: Attributes, work: () => Promise<T>, options?: { root?: boolean }): Promise<T>;
  /** Adds to the span that is under way. */
  annotate(attributes: Attributes): void;
  /** Ids of the span that is under way, for a line of the log. */
  logFields(): Record<string, string>;
  /** Sends what is still to be sent, for a moment, and takes everything down. */
  stop(): Promise<void>;
}

/** Where nobody collects traces: nothing is loaded and nothing is kept. */
export const NO_TRACING: Tracing = {
  span: (_name, _attributes, work) => work(),
  annotate: () => undefined,
  logFields: () => ({}),
  stop: async () => undefined,
};

const NAME = 'headroom';
/** How long a stop waits for the collector, in milliseconds. */
const FLUSH_MS = 1_500;
/** Attributes of Next.js that hold an address: what stands after `?` may be what somebody searched for, or a code. */
const ADDRESSES = ['http.target', 'http.url', 'url.full', 'url.query', 'next.span_name'];

/**
 * Sends traces over OTLP/HTTP. Next.js reports its own spans, one a request, to what is registered here, and takes up a
 * `traceparent` that a request brings along.
 */
export async function startTracing(config: TracingConfig | null, version: string): Promise<Tracing> {
  if (!config) return NO_TRACING;
  const [api, { NodeTracerProvider, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler }, exporter, res] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const { context, propagation, SpanStatusCode, trace } = api;
  const batches = new BatchSpanProcessor(
    new exporter.OTLPTraceExporter({ url: config.url, headers: config.headers, timeoutMillis: 5_000 }),
    { scheduledDelayMillis: 2_000 },
  );
  const provider = new NodeTracerProvider({
    resource: res.resourceFromAttributes({ 'service.name': config.serviceName, 'service.version': version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.sampleRatio) }),
    spanProcessors: [
      {
        onStart: (span, parent) => batches.onStart(span, parent),
        onEnd(span) {
          withoutQueries(span as { name: string; attributes: Attributes });
          batches.onEnd(span);
        },
        forceFlush: () => batches.forceFlush(),
        shutdown: () => batches.shutdown(),
      },
    ],
  });
  provider.register();
  const tracer = trace.getTracer(NAME, version);

  async function within<T>(span: Span, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const code = codeOf(error);
      span.setAttribute('error.type', code);
      // The message may name an account: the code is enough to find it in the log, by the trace's id.
      span.setStatus({ code: SpanStatusCode.ERROR, message: code });
      throw error;
    } finally {
      span.end();
    }
  }

  return {
    span: (name, attributes, work, { root = false } = {}) =>
      tracer.startActiveSpan(name, { attributes, root }, (span) => within(span, work)),
    annotate: (attributes) => void trace.getActiveSpan()?.setAttributes(attributes),
    logFields() {
      const active = trace.getActiveSpan()?.spanContext();
      const ids: Record<string, string> = {};
      return active ? { traceId: active.traceId, spanId: active.spanId } : ids;
    },
    async stop() {
      const flushed = provider.shutdown().catch(() => undefined);
      await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, FLUSH_MS).unref())]);
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

/** A span is the same object from its start to the export. */
function withoutQueries(span: { name: string; attributes: Attributes }): void {
  span.name = pathOf(span.name);
  for (const key of ADDRESSES) {
    const value = span.attributes[key];
    if (typeof value === 'string') span.attributes[key] = pathOf(value);
  }
}

function pathOf(text: string): string {
  return text.replace(/\?\S*/g, '');
}

function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown';
}
