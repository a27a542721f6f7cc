// npm start: builds where needed and serves the desk. With --demo it also loads the sample portfolio first.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isIPv6 } from 'node:net';
import path from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildIfNeeded } from './build.mjs';
import { createFrontDoor } from './front-door.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const demo = process.argv.includes('--demo');
process.chdir(root);
process.env.NODE_ENV = 'production';
process.env.NEXT_TELEMETRY_DISABLED = '1';
// The desk stops itself, in order; Next.js would exit in the middle.
process.env.NEXT_MANUAL_SIG_HANDLE = '1';
if (existsSync('.env')) process.loadEnvFile('.env');

try {
  buildIfNeeded(root);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const { default: next } = await import('next');
const app = next({ dev: false, dir: root, hostname: '127.0.0.1', port: 0 });
await app.prepare();

const slot = await startedSlot();
const runtime = (await slot.runtime?.catch(() => null)) ?? null;
if (!runtime && slot.failure?.code === 'invalid_input') {
  console.error(`The configuration is not valid:\n${slot.failure.message}\n${slot.failure.remedy ?? ''}`);
  process.exit(1);
}
const host = runtime?.config.host ?? '127.0.0.1';
const port = runtime?.config.port ?? Number(process.env.PORT || 3000);

const handle = app.getRequestHandler();
const { publicUrls = [], trustedProxies = [] } = runtime?.config ?? {};
const server = createFrontDoor(handle, {
  publicUrls,
  trustedProxies,
  onAnswer: (answer) => runtime?.metrics.answered(answer),
});
server.on('error', (error) => {
  console.error(
    error.code === 'EADDRINUSE' ? `Port ${port} is taken. Set PORT to another one, e.g. PORT=3001.` : error.message,
  );
  void stop(1);
});
server.listen(port, host, async () => {
  await announce(server.address().port);
  await loadAhead();
});

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stop(0));

/** How long a stop waits for requests that are under way, before the desk finishes its work, in milliseconds. */
const ANSWER_MS = 1_000;
let stopping = false;
async function stop(code) {
  if (stopping) return;
  stopping = true;
  process.exitCode = code;
  // Whoever sends requests here is told to send them elsewhere, and gets the time to hear it.
  runtime?.leave();
  server.leave();
  if (server.listening) await setTimeout(runtime?.config.stopDelayMs ?? 0);
  server.close();
  server.closeIdleConnections();
  // What asks something of the desk should not find it gone; work that takes longer is the desk's own to finish.
  await server.answered(ANSWER_MS);
  await slot.runtime?.then((desk) => desk.stop()).catch((error) => console.error(error));
  // Event streams never end by themselves.
  server.closeAllConnections();
  await app.close();
  process.exit();
}

async function announce(actualPort) {
  const address = `http://localhost:${actualPort}`;
  if (!runtime) {
    console.error(
      `Headroom could not start: ${slot.failure?.message ?? 'see the log'}. ${address}/api/readyz has the reason.`,
    );
    return;
  }
  if (demo && (await runtime.reads.workspace()).accounts === 0) await loadSample();
  const { accounts, opportunities } = await runtime.reads.workspace();
  const setup = await runtime.access.makeStartLink('setup', actualPort);
  const visit = demo ? await runtime.access.makeStartLink('demo', actualPort) : null;
  console.log(
    [
      '',
      `  Headroom is ready: ${publicUrls[0] ?? address}`,
      '',
      ...(visit
        ? ['  Open this link: it signs you in, once.', `  ${visit.link}`, '']
        : setup
          ? [
              '  Nobody can sign in yet. This link makes the first admin; it works once, for a day.',
              `  ${setup.link}`,
              '',
            ]
          : []),
      accounts === 0
        ? '  The portfolio is empty: load the sample portfolio or import a CSV on the first screen.'
        : `  ${accounts} accounts, ${opportunities} opportunities. Pick one, read why, press «Dispatch to sales», open the draft.`,
      `  Data and drafts: ${runtime.config.dataDir}`,
      `  It listens on ${listening(actualPort)}. Stop it with Ctrl+C.`,
      '',
    ].join('\n'),
  );
}

/**
 * Loads pages and routes before anybody asks for them, one at a time. Next.js would do it before the first answer and in
 * one go, with nobody being answered meanwhile (`preloadEntriesOnStart`).
 */
async function loadAhead() {
  const directory = path.join(root, '.next/server');
  const load = createRequire(import.meta.url);
  const files = Object.values(load(path.join(directory, 'app-paths-manifest.json')));
  for (const file of files) {
    if (stopping) return;
    try {
      load(path.join(directory, file));
    } catch {
      // Whoever asks for it is told.
    }
    await setImmediate();
  }
}

/** Next.js runs instrumentation beside `prepare`, not within it. */
async function startedSlot() {
  for (;;) {
    const slot = globalThis[Symbol.for('headroom.runtime')];
    if (slot?.runtime || slot?.failure) return slot;
    await setTimeout(5);
  }
}

async function loadSample() {
  console.log('Loading the sample portfolio …');
  const runId = await runtime.desk.loadSample();
  for (;;) {
    const run = await runtime.reads.getRun(runId);
    if (run.finishedAt) return;
    await setTimeout(100);
  }
}

function listening(actualPort) {
  const where = `${isIPv6(host) ? `[${host}]` : host}:${actualPort}`;
  return /^(localhost|127\.0\.0\.1|::1)$/.test(host)
    ? `${where}, this machine only`
    : `${where} and answers to ${publicUrls.join(' and ')}`;
}
