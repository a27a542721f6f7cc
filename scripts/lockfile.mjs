// node scripts/lockfile.mjs: completes package-lock.json after npm has changed it. npm leaves out the optional packages
// of platforms that it could not see where the lock was written, and `npm ci` then refuses the lock elsewhere.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

if (process.argv[1] === fileURLToPath(import.meta.url)) complete('package-lock.json');

/** @param {string} file */
function complete(file) {
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingOptionalPackages(lock);
  for (const { name, ...entry } of missing) lock.packages[`node_modules/${name}`] = entry;
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
  console.log(missing.length === 0 ? 'The lock is complete.' : `Added ${missing.length} packages of other platforms.`);
}

/**
 * Optional packages that a lock names as dependencies and does not hold, as its entries for them should be.
 * @param {{ packages: Record<string, { version?: string, dev?: boolean, optionalDependencies?: Record<string, string> }> }} lock
 */
export function missingOptionalPackages({ packages }) {
  const missing = new Map();
  for (const [from, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (isHeld(packages, from, name)) continue;
      missing.set(name, { name, version, ...(dev && { dev }), ...platformOf(name), optional: true });
    }
  }
  return [...missing.values()];
}

/**
 * Looks as Node.js does: inside the package that asks, then in each folder above it.
 * @param {Record<string, unknown>} packages
 * @param {string} from
 * @param {string} name
 */
function isHeld(packages, from, name) {
  for (let folder = from; folder !== ''; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[`${folder}/node_modules/${name}`]) return true;
  }
  return `node_modules/${name}` in packages;
}

/**
 * What a package runs on, from a name such as `@next/swc-linux-x64-musl`: npm installs it nowhere else.
 * @param {string} name
 */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const system = SYSTEMS.find((word) => words.includes(word));
  const processor = PROCESSORS.find((word) => words.includes(word));
  const library = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  return {
    ...(processor && { cpu: [processor] }),
    ...(system && { os: [system] }),
    ...(system === 'linux' && /musl|gnu/.test(name) && { libc: [library] }),
  };
}
