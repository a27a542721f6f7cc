// Leaves in node_modules what a built desk needs to run, for images: node scripts/production-modules.mjs
// What the build needs (the compiler, the styles, the command line of Prisma, what is bundled for the browser) goes.
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the code that runs imports; the server's own pages are bundled, what they leave out is imported by lib/ too. */
const SOURCES = ['lib', 'prisma/sample', 'scripts'];
/** Tools for developers and for the build. */
const NOT_RUN =
  /^scripts\/(build|generate-client|import-rules|lockfile|make-migration|production-modules|try-dockerfile)\./;
/** Imported by no source, yet needed: the server, and what carries out TypeScript. */
const ALSO = ['next', 'react', 'react-dom', 'tsx'];
/** Wanted by the above for things that a running desk does not do: compile, resize pictures, generate clients. */
const NEVER = /^(@next\/swc-.*|@img\/.*|sharp|typescript|prisma|@types\/.*|caniuse-lite)$/;
/** Of what is needed, the parts that a running desk does not open, by their path below node_modules. */
const BALLAST = [
  // For people, editors and debuggers.
  /\.(map|md|markdown|d\.[cm]?ts|tsbuildinfo)$/i,
  /^next\/dist\/docs\//,
  /^next\/dist\/compiled\/next-server\/.*\.dev\.js$/,
  // Other databases' compilers of queries.
  /^@prisma\/client\/runtime\/query_compiler_\w+\.(mysql|sqlserver|cockroachdb)\./,
  // What the binding was compiled from.
  /^better-sqlite3\/(deps|src|build\/(?!Release\/better_sqlite3\.node$))/,
  // Of Google's interfaces, the one that is used.
  /^googleapis\/build\/src\/apis\/(?!gmail\/|oauth2\/)[^/]+\//,
];

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * The packages that a running desk needs, those that others bring along among them.
 * @param {string} directory of the project
 * @returns {Set<string>} folders below the directory, such as `node_modules/next`
 */
export function neededModules(directory) {
  const needed = new Set();
  const queue = [...importedPackages(directory), ...unbundledPackages(directory), ...ALSO].map((name) => ({
    name,
    from: directory,
  }));
  for (let next = queue.pop(); next; next = queue.pop()) {
    const folder = NEVER.test(next.name) ? null : resolvePackage(next.name, next.from, directory);
    if (folder === null || needed.has(path.relative(directory, folder))) continue;
    needed.add(path.relative(directory, folder));
    const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} } = manifestOf(folder);
    const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
    const names = [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers];
    queue.push(...names.map((name) => ({ name, from: folder })));
  }
  return needed;
}

const IMPORT = /(?:\bfrom|\bimport|\bimport\(|\brequire\(|import\.meta\.resolve\()\s*['"]([^'".][^'"]*)['"]/g;

/** @param {string} directory */
function importedPackages(directory) {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(path.join(directory, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  ).filter((file) => /\.(ts|mjs)$/.test(file) && !NOT_RUN.test(file));
  const names = new Set();
  for (const file of files) {
    const text = readFileSync(path.join(directory, file), 'utf8');
    for (const [, specifier = ''] of text.matchAll(IMPORT)) {
      if (!isBuiltin(specifier) && !specifier.startsWith('@/')) names.add(packageOf(specifier));
    }
  }
  return [...names];
}

/** What the build left for the server to load by itself: links in a folder of its own. */
function unbundledPackages(directory) {
  const folder = path.join(directory, '.next', 'node_modules');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink())
    .map((entry) => packageOf(readlinkSync(path.join(entry.parentPath, entry.name)).replace(/^.*node_modules\//, '')));
}

/** @param {string} specifier */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** As Node.js looks for it: beside who asks, then in each folder above. */
function resolvePackage(name, from, directory) {
  for (let at = from; at.startsWith(directory); at = path.dirname(at)) {
    const folder = path.join(at, 'node_modules', name);
    if (existsSync(path.join(folder, 'package.json'))) return folder;
  }
  return null;
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
}

/** Every installed package as a folder below the directory, outer ones first. */
function installedModules(directory, below = 'node_modules') {
  const folders = [];
  if (!existsSync(path.join(directory, below))) return folders;
  for (const name of readdirSync(path.join(directory, below))) {
    const folder = `${below}/${name}`;
    if (name.startsWith('@'))
      folders.push(...readdirSync(path.join(directory, folder)).map((one) => `${folder}/${one}`));
    else if (!name.startsWith('.')) folders.push(folder);
  }
  return folders.flatMap((folder) => [folder, ...installedModules(directory, `${folder}/node_modules`)]);
}

/** Removes files, and the folders that are empty then. `below`: where the folder is, below the last node_modules. */
function removeBallast(folder, below = '') {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    const name = entry.name === 'node_modules' ? '' : path.posix.join(below, entry.name);
    if (entry.isDirectory()) removeBallast(at, name);
    else if (BALLAST.some((pattern) => pattern.test(name))) rmSync(at);
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!existsSync(path.join(root, '.next', 'BUILD_ID'))) throw new Error('Build first: npm run build.');
  const needed = neededModules(root);
  const holdsNeeded = (folder) => [...needed].some((one) => one.startsWith(`${folder}/node_modules/`));
  for (const folder of installedModules(root)) {
    if (!needed.has(folder) && !holdsNeeded(folder)) rmSync(path.join(root, folder), { recursive: true, force: true });
  }
  rmSync(path.join(root, 'node_modules', '.cache'), { recursive: true, force: true });
  removeBallast(path.join(root, 'node_modules'));
  console.log(`${needed.size} packages, ${Math.round(sizeOf(path.join(root, 'node_modules')) / 1024 / 1024)} MB`);
}

function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const at = path.join(folder, entry.name);
    return sum + (entry.isDirectory() ? sizeOf(at) : entry.isFile() ? statSync(at).size : 0);
  }, 0);
}
