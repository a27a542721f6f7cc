// npm run lint: who may import what. Every layer names what it may import; all else is an error.
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

interface Layer {
  name: string;
  files: RegExp;
  /** Folders and files of this project, without extension; `type:` in front allows types alone. */
  may: readonly string[];
  /** Packages, and `node:` for what comes with Node.js. */
  packages: readonly string[];
}

const HTTP = ['lib/http', 'lib/unstorable-text', 'lib/import-route', 'lib/provider-route', 'lib/draft-preview'];
const REACT = ['react', 'react-dom', 'next', '@tanstack/react-query', 'nuqs', 'clsx', 'zod'];
const UI = [
  ...REACT,
  '@base-ui/react',

  'date-fns',
  'geist',
  'papaparse',
  'recharts',
  'sonner',
];
const SHARED_UI = ['app/_components', 'app/_lib', 'lib/contracts', 'type:lib/ports', 'type:lib/domain/access'];

/** The first layer that holds a file is its layer. `{feature}` and `{folder}` stand for the file's own. */
const LAYERS: readonly Layer[] = [
  { name: 'the domain', files: /^lib\/domain\//, may: ['lib/domain'], packages: ['node:crypto'] },
  { name: 'the errors', files: /^lib\/errors\.ts$/, may: [], packages: [] },
  { name: 'the turns of long work', files: /^lib\/(breathe|latest)\.ts$/, may: [], packages: ['node:'] },
  { name: 'outgoing requests', files: /^lib\/outgoing\.ts$/, may: ['lib/errors'], packages: ['node:'] },
  { name: 'the secrets at rest', files: /^lib\/secrets\.ts$/, may: ['lib/errors'], packages: ['node:'] },
  { name: 'the addresses of Google', files: /^lib\/google-endpoints\.ts$/, may: [], packages: [] },
  { name: 'the archive', files: /^lib\/archive\.ts$/, may: [], packages: ['node:'] },
  { name: 'the logger', files: /^lib\/logger\.ts$/, may: [], packages: ['pino'] },
  { name: 'the contracts', files: /^lib\/contracts(\.ts$|\/)/, may: ['lib/contracts'], packages: ['zod'] },
  { name: 'the ports', files: /^lib\/ports(\.ts$|\/)/, may: ['type:lib/domain', 'type:lib/ports'], packages: [] },
  {
    name: 'the configuration',
    files: /^lib\/(config|scoring-file)\.ts$/,
    may: ['lib/domain', 'lib/errors', 'lib/scoring-file'],
    packages: ['zod', 'node:'],
  },
  {
    name: 'an agent',
    files: /^lib\/agents\//,
    may: ['lib/agents', 'lib/domain', 'lib/ports', 'lib/errors', 'lib/breathe', 'lib/latest'],
    packages: ['zod', 'node:'],
  },
  {
    name: 'an adapter',
    files: /^lib\/adapters\//,
    may: ['{folder}', 'lib/domain', 'lib/ports', 'lib/errors'],
    packages: [
      '@ai-sdk/anthropic',
      '@ai-sdk/google',
      '@ai-sdk/openai-compatible',
      '@notionhq/client',
      'ai',
      'csv-parse',
      'csv-stringify',
      'googleapis',
      'imapflow',
      'nodemailer',
      'zod',
      'node:',
    ],
  },
  {
    name: 'the database',
    files: /^lib\/db\//,
    // The read side returns what the API answers.
    may: ['lib/db', 'lib/domain', 'lib/ports', 'lib/errors', 'lib/breathe', 'lib/latest', 'type:lib/contracts'],
    packages: [
      '@prisma/adapter-better-sqlite3',
      '@prisma/adapter-pg',
      '@prisma/driver-adapter-utils',
      '@prisma/schema-engine-wasm',
      'pg',
      'node:',
    ],
  },
  {
    name: 'the scheduler',
    files: /^lib\/scheduler\.ts$/,
    may: ['lib/domain', 'lib/latest', 'type:lib/ports'],
    packages: ['node-cron'],
  },
  {
    name: 'the HTTP layer',
    files: /^lib\/(http|unstorable-text|import-route|provider-route|draft-preview)\.ts$/,
    may: [...HTTP, 'lib/contracts', 'lib/domain', 'lib/errors', 'lib/runtime', 'type:lib/access', 'type:lib/reads'],
    packages: ['zod', 'postal-mime', 'sanitize-html', 'node:'],
  },
  {
    name: 'the page loader',
    files: /^lib\/page\.ts$/,
    may: ['lib/domain', 'lib/runtime', 'type:lib/reads'],
    packages: ['next', 'react'],
  },
  {
    name: 'the access',
    files: /^lib\/access\//,
    may: [
      'lib/access',
      'lib/db',
      'lib/domain',
      'lib/errors',
      'lib/google-endpoints',
      'lib/outgoing',
      'type:lib/config',
      'type:lib/contracts',
      'type:lib/ports',
    ],
    packages: ['better-auth', 'jose', 'rate-limiter-flexible', 'zod', 'node:'],
  },
  {
    name: 'the mailboxes',
    files: /^lib\/mail\//,
    // Adapters are loaded when a mailbox needs them.
    may: [
      'lib/mail',
      'lib/adapters/mail',
      'lib/config',
      'lib/db/mailbox-store',
      'lib/domain',
      'lib/errors',
      'lib/google-endpoints',
      'lib/outgoing',
      'type:lib/contracts',
      'type:lib/ports',
      'type:lib/secrets',
    ],
    packages: ['zod', 'node:'],
  },
  {
    name: 'the webhooks',
    files: /^lib\/webhooks\//,
    may: [
      'lib/webhooks',
      'lib/db/ids',
      'lib/db/webhook-reads',
      'lib/domain',
      'lib/errors',
      'type:lib/contracts',
      'type:lib/db',
      'type:lib/outgoing',
      'type:lib/ports',
      'type:lib/secrets',
    ],
    packages: ['zod', 'node:'],
  },
  {
    name: 'the wording',
    files: /^lib\/wording\//,
    may: ['lib/wording', 'lib/domain', 'lib/errors', 'type:lib/config', 'type:lib/ports'],
    packages: ['zod', 'node:'],
  },
  {
    name: 'Notion at the desk',
    files: /^lib\/notion\//,
    // The accounts' rows are judged as those of files are.
    may: [
      'lib/notion',
      'lib/adapters/accounts',
      'lib/adapters/notion',
      'lib/db',
      'lib/domain',
      'lib/errors',
      'type:lib/contracts',
      'type:lib/job-runner',
      'type:lib/ports',
      'type:lib/secrets',
    ],
    packages: ['node:'],
  },
  {
    name: 'the metrics',
    files: /^lib\/(process-)?metrics\.ts$/,
    may: ['lib/process-metrics', 'lib/domain', 'type:lib/db', 'type:lib/ports'],
    packages: ['prom-client', 'node:'],
  },
  {
    name: 'the tracing',
    files: /^lib\/tracing\.ts$/,
    may: ['type:lib/config'],
    packages: [
      '@opentelemetry/api',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace-node',
    ],
  },
  {
    name: 'the composition',
    files: /^lib\/[^/]+\.ts$/,
    may: [
      'lib/access',
      'lib/alert-channels',
      'lib/alerts',
      'lib/adapters',
      'lib/agent-activity',
      'lib/agent-tasks',
      'lib/agents',
      'lib/archive',
      'lib/attention',
      'lib/backup',
      'lib/breathe',
      'lib/config',
      'lib/contracts',
      'lib/db',
      'lib/desk',
      'lib/desk-events',
      'lib/domain',
      'lib/errors',
      'lib/event-position',
      'lib/exports',
      'lib/importer',
      'lib/instances',
      'lib/integrations',
      'lib/job-runner',
      'lib/jobs',
      'lib/language-model',
      'lib/lease-owner',
      'lib/logger',
      'lib/mail',
      'lib/outgoing',
      'lib/metrics',
      'lib/metrics-reading',
      'lib/notion',
      'lib/notices',
      'lib/observed',
      'lib/ports',
      'lib/reads',
      'lib/retention',
      'lib/review-telling',
      'lib/reviews',
      'lib/scan-threads',
      'lib/schedule',
      'lib/scheduler',
      'lib/secrets',
      'lib/tracing',
      'lib/webhooks',
      'lib/wording',
      'prisma/sample',
    ],
    packages: ['zod', 'csv-stringify', 'node:'],
  },
  {
    name: 'the sample portfolio',
    files: /^prisma\/sample\//,
    may: ['prisma/sample', 'lib/adapters/accounts', 'lib/domain', 'lib/errors', 'lib/importer', 'type:lib/db'],
    packages: ['node:'],
  },
  { name: 'instrumentation', files: /^instrumentation\.ts$/, may: ['lib/runtime'], packages: [] },
  {
    name: 'a route',
    files: /^app\/api\//,
    may: [...HTTP, 'lib/contracts', 'lib/domain', 'lib/errors', 'lib/runtime'],
    packages: ['next', 'zod'],
  },
  {
    name: 'a server page',
    files: /^app\/([^/]+\/)*(page|layout)\.tsx$/,
    may: ['{feature}', 'app/providers', ...SHARED_UI, 'lib/domain/access', 'lib/errors', 'lib/page'],
    packages: UI,
  },
  {
    name: 'app/_lib',
    files: /^app\/_lib\//,
    may: ['app/_lib', 'lib/contracts', 'type:lib/ports', 'type:lib/domain/access'],
    packages: UI,
  },
  { name: 'app/_components', files: /^app\/_components\//, may: SHARED_UI, packages: UI },
  { name: 'a client file', files: /^app\//, may: ['{feature}', ...SHARED_UI], packages: UI },
];

/** Where the layers live; scripts, tests and benchmarks may import anything, and nothing may import them. */
const ROOTS = ['app', 'lib', 'prisma/sample', 'instrumentation.ts'];
const SKIPPED = /^lib\/db\/generated\//;

interface Import {
  specifier: string;
  typeOnly: boolean;
  line: number;
}

/** Each import that a layer may not make, as `file:line: …`; empty where all is well. */
export function findForbiddenImports(root: string): string[] {
  return sourceFiles(root).flatMap((file) => forbiddenImportsOf(file, readFileSync(path.join(root, file), 'utf8')));
}

/** @param file path from the root of the project, with forward slashes. */
export function forbiddenImportsOf(file: string, text: string): string[] {
  const layer = LAYERS.find(({ files }) => files.test(file));
  if (!layer) return [`${file}: belongs to no layer; scripts/import-rules.ts names them`];
  return importsOf(file, text)
    .filter((found) => !isAllowed(file, layer, found))
    .map(({ specifier, typeOnly, line }) => {
      const what = typeOnly ? `a type from ${specifier}` : specifier;
      return `${file}:${line}: ${layer.name} may not import ${what}`;
    });
}

function isAllowed(file: string, layer: Layer, { specifier, typeOnly }: Import): boolean {
  const local = localTarget(file, specifier);
  if (local === null) {
    if (isBuiltin(specifier)) return layer.packages.includes('node:') || layer.packages.includes(specifier);
    return layer.packages.some((name) => isWithin(specifier, name));
  }
  // Styles and pictures beside a component.
  if (/\.(css|svg|json)$/.test(local)) return isWithin(local, path.posix.dirname(file));
  return layer.may.some((entry) => {
    const [, typesAlone, allowed = ''] = /^(type:)?(.*)$/.exec(entry) ?? [];
    return (typeOnly || !typesAlone) && isWithin(local, inPlaceOf(allowed, file));
  });
}

function inPlaceOf(allowed: string, file: string): string {
  const folders = path.posix.dirname(file).split('/');
  if (allowed === '{folder}') return folders.slice(0, 3).join('/');
  // A file directly in app/ has no feature: it is its own.
  if (allowed === '{feature}') return folders.length > 1 ? folders.slice(0, 2).join('/') : withoutExtension(file);
  return allowed;
}

function isWithin(target: string, place: string): boolean {
  return target === place || target.startsWith(`${place}/`);
}

/** The imported file as a path from the root, without extension; null for a package. */
function localTarget(file: string, specifier: string): string | null {
  if (specifier.startsWith('@/')) return withoutExtension(specifier.slice(2));
  if (!specifier.startsWith('.')) return null;
  return withoutExtension(path.posix.join(path.posix.dirname(file), specifier));
}

function withoutExtension(file: string): string {
  return file.replace(/\.(tsx?|mjs|js)$/, '');
}

function importsOf(file: string, text: string): Import[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean) => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    // An import whose target is computed cannot be judged, so it is not allowed.
    const text = specifier && ts.isStringLiteralLike(specifier) ? specifier.text : '(computed)';
    found.push({ specifier: text, typeOnly, line });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, isTypeImport(node.importClause));
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node, node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node, node.argument.literal, true);
    else if (ts.isCallExpression(node) && isImportCall(node)) add(node, node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isImportCall({ expression }: ts.CallExpression): boolean {
  if (expression.kind === ts.SyntaxKind.ImportKeyword) return true;
  return ts.isIdentifier(expression) && expression.text === 'require';
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  if (clause.name || !names || !ts.isNamedImports(names)) return false;
  return names.elements.every((element) => element.isTypeOnly);
}

function sourceFiles(root: string): string[] {
  const within = (folder: string) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => path.join(folder, name));
  return ROOTS.flatMap((place) => (place.endsWith('.ts') ? [place] : within(place)))
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => /\.tsx?$/.test(file) && !SKIPPED.test(file));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const forbidden = findForbiddenImports(process.cwd());
  for (const message of forbidden) console.error(message);
  process.exitCode = forbidden.length > 0 ? 1 : 0;
}
