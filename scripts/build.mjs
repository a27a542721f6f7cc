import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const SOURCES = [
  'app',
  'lib',
  'prisma',
  'public',
  'instrumentation.ts',
  'next.config.js',
  'postcss.config.mjs',
  'proxy.ts',
  'tsconfig.json',
  'package-lock.json',
];

/**
 * Builds the application unless its build is newer than every source.
 * @param {string} root
 * @throws where the build fails; what it said is on standard error.
 */
export function buildIfNeeded(root) {
  const built = path.join(root, '.next', 'BUILD_ID');
  const builtAt = existsSync(built) ? statSync(built).mtimeMs : 0;
  if (SOURCES.every((source) => newest(path.join(root, source)) <= builtAt)) return;
  console.log('Building …');
  const next = path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next');
  const result = spawnSync(process.execPath, [next, 'build'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (result.status === 0) return;
  process.stderr.write(result.stdout ?? '');
  throw new Error('The application could not be built.');
}

/**
 * @param {string} file
 * @returns {number}
 */
function newest(file) {
  if (!existsSync(file)) return 0;
  const { mtimeMs } = statSync(file);
  if (!statSync(file).isDirectory()) return mtimeMs;
  return readdirSync(file).reduce((latest, name) => Math.max(latest, newest(path.join(file, name))), 0);
}
