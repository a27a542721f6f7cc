/** Starts the desk with the server: once, in the Node.js runtime, and never while building. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs' || process.env.NEXT_PHASE === 'phase-production-build') return;
  const { startRuntime } = await import('./lib/runtime');
  // A start that failed is in the log and on /api/readyz; the next request tries again.
  await startRuntime().catch(() => undefined);
}
