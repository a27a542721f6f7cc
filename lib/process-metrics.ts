import { readdir } from 'node:fs/promises';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

const NANOSECONDS = 1e9;
/** How often the delay of the event loop is sampled, in milliseconds. */
const RESOLUTION_MS = 10;

/**
 * What the process itself uses, under the names that dashboards for Node.js know. prom-client has these too, but starts
 * observers that nothing stops: a desk that is composed and stopped in the same process would leave them behind.
 */
export function createProcessMetrics(registry: Registry) {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const cpuUser = new Counter({ name: 'process_cpu_user_seconds_total', help: 'User CPU time spent.', registers });
  const cpuSystem = new Counter({
    name: 'process_cpu_system_seconds_total',
    help: 'System CPU time spent.',
    registers,
  });
  const startTime = gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.');
  const resident = gauge('process_resident_memory_bytes', 'Resident memory, threads included.');
  const openFiles = gauge('process_open_fds', 'Open files and sockets, where the system tells.');
  const heapUsed = gauge('nodejs_heap_size_used_bytes', 'Heap of the main thread in use.');
  const heapTotal = gauge('nodejs_heap_size_total_bytes', 'Heap of the main thread.');
  const external = gauge('nodejs_external_memory_bytes', 'Memory outside of the heap, buffers among it.');
  const delays = ['mean', 'p50', 'p99', 'max'].map((figure) => ({
    figure,
    metric: gauge(
      `nodejs_eventloop_lag_${figure}_seconds`,
      `Delay of the event loop since the last reading, ${figure === 'mean' || figure === 'max' ? figure : `${figure.slice(1)}th percentile`}.`,
    ),
  }));
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  loop.enable();
  startTime.set(Math.round(Date.now() / 1000 - process.uptime()));
  let before = { user: 0, system: 0 };

  return {
    async refresh(): Promise<void> {
      const cpu = process.cpuUsage();
      cpuUser.inc((cpu.user - before.user) / 1e6);
      cpuSystem.inc((cpu.system - before.system) / 1e6);
      before = cpu;
      const memory = process.memoryUsage();
      resident.set(memory.rss);
      heapUsed.set(memory.heapUsed);
      heapTotal.set(memory.heapTotal);
      external.set(memory.external);
      for (const { figure, metric } of delays) metric.set(delayOf(loop, figure));
      loop.reset();
      const files = await readdir('/proc/self/fd').catch(() => null);
      if (files) openFiles.set(files.length - 1);
    },
    stop(): void {
      loop.disable();
    },
  };
}

/** In seconds; what is sampled includes the time between two samples, which is no delay. */
function delayOf(loop: IntervalHistogram, figure: string): number {
  // Nothing was sampled yet.
  if (loop.count === 0) return 0;
  const measured =
    figure === 'mean' ? loop.mean : figure === 'max' ? loop.max : loop.percentile(Number(figure.slice(1)));
  return Math.max(0, measured / NANOSECONDS - RESOLUTION_MS / 1000);
}
