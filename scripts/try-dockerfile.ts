// node --import tsx scripts/try-dockerfile.ts: does by hand what the Dockerfile says, where there is no Docker: copies what
// its COPY lines copy, runs its RUN lines in empty directories, starts its CMD as somebody without rights, and asks its
// HEALTHCHECK. Needs root on Linux, for the last two. Steps of the system's packages are left out.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Instruction {
  name: string;
  /** `--from=build`. */
  flags: Record<string, string>;
  rest: string;
}

export interface Stage {
  name: string;
  image: string;
  instructions: Instruction[];
}

/** The stages of a Dockerfile of this simple kind: no heredocs, no ARG. */
export function parseDockerfile(text: string): Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const stages: Stage[] = [];
  for (const line of lines) {
    const [, name = '', flags = '', rest = ''] = /^(\w+)((?: +--\S+)*) +(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      const [image = '', , as = String(stages.length)] = rest.split(/ +/);
      stages.push({ name: as, image, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (!stage || name === '') throw new Error(`Not an instruction: ${line}`);
    const given = [...flags.matchAll(/--(\w[\w-]*)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]);
    stage.instructions.push({ name, flags: Object.fromEntries(given) as Record<string, string>, rest });
  }
  return stages;
}

/** What .dockerignore leaves of the project: plain paths, `*` for all at the top, and `!` for what is let in again. */
export function buildContext(root: string): string[] {
  const rules = readFileSync(path.join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const isIn = (file: string) => {
    let left = true;
    for (const rule of rules) {
      const [pattern, letIn] = rule.startsWith('!') ? [rule.slice(1), true] : [rule, false];
      if (pattern === '*' || file === pattern || file.startsWith(`${pattern}/`)) left = letIn;
    }
    return left;
  };
  const files = (folder: string): string[] =>
    readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const file = path.posix.join(folder, entry.name);
      if (/^(node_modules|\.git|\.next)$/.test(file)) return [];
      return entry.isDirectory() ? files(file) : isIn(file) ? [file] : [];
    });
  return files('.');
}

/** `ENV A=1 B=2`. */
export function readEnv(rest: string): Record<string, string> {
  return Object.fromEntries([...rest.matchAll(/(\w+)=("[^"]*"|\S+)/g)].map(([, key = '', value = '']) => [key, value]));
}

async function main(): Promise<void> {
  const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
  const work = mkdtempSync(path.join(tmpdir(), 'headroom-image-'));
  execFileSync('chmod', ['755', work]);
  const context = buildContext(root);
  const directories = new Map<string, string>();
  let last = { directory: '', env: {} as Record<string, string>, instructions: [] as Instruction[] };
  for (const stage of parseDockerfile(readFileSync(path.join(root, 'Dockerfile'), 'utf8'))) {
    const directory = path.join(work, stage.name);
    directories.set(stage.name, directory);
    last = {
      directory,
      env: build(stage, { root, directory, context, directories }),
      instructions: stage.instructions,
    };
  }
  console.log(
    `Image without its base: ${execFileSync('du', ['-sh', last.directory], { encoding: 'utf8' }).split('\t')[0]}`,
  );
  await start(last);
  rmSync(work, { recursive: true, force: true });
}

/** Absolute paths of the image are those below its directory. */
const inside = (directory: string, text: string) => text.replace(/(^|[\s=])\/(app|data)\b/g, `$1${directory}/$2`);

function build(
  stage: Stage,
  place: { root: string; directory: string; context: string[]; directories: Map<string, string> },
): Record<string, string> {
  const { root, directory, context, directories } = place;
  const env: Record<string, string> = {};
  let at = directory;
  for (const { name, flags, rest } of stage.instructions) {
    console.log(`[${stage.name}] ${name} ${rest}`);
    if (name === 'WORKDIR') {
      at = inside(directory, rest);
      mkdirSync(at, { recursive: true });
    } else if (name === 'ENV') {
      for (const [key, value] of Object.entries(readEnv(rest))) env[key] = inside(directory, value);
    } else if (name === 'COPY') {
      const sources = rest.split(/ +/);
      const target = sources.pop() ?? '';
      for (const source of sources) {
        const from = flags.from ? inside(directories.get(flags.from) ?? '', source) : null;
        const to = path.resolve(at, target);
        if (from) cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
        else copyFromContext({ root, context, source, to, intoFolder: target.endsWith('/') || sources.length > 1 });
      }
    } else if (name === 'RUN') {
      const command = inside(directory, rest)
        .split(' && ')
        .filter((part) => !/apt-get|\/var\/lib\/apt|^ *chown node/.test(part))
        .join(' && ');
      if (command !== '') {
        // Nothing of this machine's own settings but the way to its programs and registry.
        const { PATH = '', HOME = '' } = process.env;
        execFileSync('bash', ['-euc', command], {
          cwd: at,
          env: asEnvironment({ PATH, HOME, ...env }),
          stdio: 'inherit',
        });
      }
    }
  }
  return env;
}

function copyFromContext(copy: {
  root: string;
  context: string[];
  source: string;
  to: string;
  intoFolder: boolean;
}): void {
  const { root, context, source, to, intoFolder } = copy;
  const within = path.posix.normalize(source).replace(/\/$/, '');
  const files = context.filter((file) => within === '.' || file === within || file.startsWith(`${within}/`));
  if (files.length === 0) throw new Error(`COPY ${source}: there is no such file in the context.`);
  for (const file of files) {
    const name = within === '.' ? file : path.posix.relative(within, file);
    const target = name === '' ? (intoFolder ? path.join(to, path.basename(file)) : to) : path.join(to, name);
    mkdirSync(path.dirname(target), { recursive: true });
    cpSync(path.join(root, file), target, { preserveTimestamps: true, verbatimSymlinks: true });
  }
}

/** Next.js wants a NODE_ENV in every environment; that of an image is what the Dockerfile says. */
function asEnvironment(values: Record<string, string>): NodeJS.ProcessEnv {
  return values as unknown as NodeJS.ProcessEnv;
}

const NOBODY = '65534';

async function start(last: { directory: string; env: Record<string, string>; instructions: Instruction[] }) {
  const { directory, instructions } = last;
  const app = path.join(directory, 'app');
  const data = path.join(directory, 'data');
  const command = (name: string): string[] => {
    const found = instructions.find((instruction) => instruction.name === name)?.rest ?? '';
    return JSON.parse(found.slice(found.indexOf('['))) as string[];
  };
  execFileSync('chown', ['-R', 'root:root', app]);
  execFileSync('chmod', ['-R', 'a+rX,go-w', directory]);
  execFileSync('chown', [`${NOBODY}:${NOBODY}`, data]);
  const port = '38473';
  const env = asEnvironment({
    PATH: process.env.PATH ?? '',
    HOME: data,
    ...last.env,
    // Of this machine alone, while it is tried.
    HOST: '127.0.0.1',
    PORT: port,
    HEADROOM_URL: 'https://headroom.example.com',
    HEADROOM_BOOTSTRAP_API_KEY: 'a-key-for-the-trial-of-the-image-alone',
  });
  const asNobody = ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups'];
  const child = spawn('setpriv', [...asNobody, ...command('CMD')], { cwd: app, env, stdio: 'inherit' });
  const exited = once(child, 'exit') as Promise<[number]>;
  // Whatever goes wrong from here on, no desk is left running.
  process.once('exit', () => child.kill('SIGKILL'));
  const health = () =>
    execFileSync('setpriv', [...asNobody, ...command('HEALTHCHECK')], { cwd: app, env, stdio: 'pipe' });
  const started = performance.now();
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The desk ended with ${child.exitCode}.`);
    try {
      health();
      break;
    } catch (error) {
      if (performance.now() - started > 60_000) throw error;
      await setTimeout(200);
    }
  }
  console.log(`Healthy after ${((performance.now() - started) / 1000).toFixed(1)} s as user ${NOBODY}`);
  await tryDesk(`http://127.0.0.1:${port}`, env.HEADROOM_BOOTSTRAP_API_KEY ?? '');
  const written = execFileSync('find', [app, '-newer', path.join(app, '.next', 'BUILD_ID'), '-user', NOBODY], {
    encoding: 'utf8',
  });
  if (written !== '') throw new Error(`The desk wrote outside of its data directory:\n${written}`);
  const backup = execFileSync(
    'setpriv',
    [...asNobody, process.execPath, '--import', 'tsx', 'scripts/backup.ts', `${data}/backups/`],
    { cwd: app, env, encoding: 'utf8' },
  );
  console.log(backup.trim());
  child.kill('SIGTERM');
  const [code] = await exited;
  if (code !== 0) throw new Error(`SIGTERM ended it with ${code}.`);
  console.log('SIGTERM: exit code 0');
}

/** A page, the sample, a scan on its threads, and a draft: the parts of the image that could have been left out. */
async function tryDesk(url: string, key: string): Promise<void> {
  const ask = async (method: string, target: string, body?: unknown) => {
    const answer = await fetch(url + target, {
      method,
      headers: { authorization: `Bearer ${key}`, host: 'localhost', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${target}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  await ask('GET', '/sign-in');
  const { id } = (await (await ask('POST', '/api/v1/sample')).json()) as { id: string };
  for (let state = ''; state !== 'succeeded'; ) {
    const run = (await (await ask('GET', `/api/v1/runs/${id}`)).json()) as { state: string; error: string | null };
    if (run.state === 'failed') throw new Error(`The scan failed: ${run.error}`);
    state = run.state;
    await setTimeout(100);
  }
  const { items } = (await (await ask('GET', '/api/v1/opportunities?status=open&limit=1')).json()) as {
    items: { id: string }[];
  };
  const made = (await (await ask('POST', '/api/v1/dispatches', { opportunityId: items[0]?.id })).json()) as {
    id: string;
    state: string;
  };
  if (made.state !== 'drafted') throw new Error(`The dispatch is ${made.state}.`);
  await ask('GET', `/api/v1/dispatches/${made.id}/draft?format=json`);
  const metrics = await (await ask('GET', '/api/metrics')).text();
  if (!metrics.includes('headroom_dispatches{state="drafted"} 1')) throw new Error('The metrics do not tell of it.');
  console.log('Sample loaded and scanned, a draft made, metrics read');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
