import { execFile, execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../helpers/database';
import { signInAs } from '../helpers/people';
import { startServer, type TestServer } from '../helpers/server';

const MODULES = 'xss,sql,exec,file,redirect,crlf,csp,http_headers,cookieflags,ssrf,methods';
/** Level of a finding of medium severity, of 1 (low) to 3 (high). */
const MEDIUM = 2;

interface Finding {
  level: number;
  path: string;
  info: string;
  parameter: string;
}

/** `npm test` installs it where it can. */
const describeWithScanner = describe.skipIf(!isInstalled());

describeWithScanner('wapiti, a scanner for web vulnerabilities', () => {
  let server: TestServer;
  let directory: string;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    server = await startServer({ demo: true });
  });
  afterAll(async () => {
    await server.stop();
    await removeDirectory(directory);
  });

  it('finds nothing of medium severity or above, signed in as an admin', { timeout: 240_000 }, async () => {
    const { cookie } = await signInAs(server.url, 'admin');
    const list = await fetch(`${server.url}/api/v1/opportunities?limit=1`, { headers: { cookie } });
    const { items } = (await list.json()) as { items: { id: string; account: { id: string } }[] };
    const [first] = items;
    const pages = [
      `/opportunities?id=${first?.id}&q=x&tab=all`,
      '/accounts?q=x&sort=name',
      `/accounts/${first?.account.id}`,
      '/dispatches?state=failed',
      '/agents?tab=runs',
      '/settings/audit?action=x',
      '/join',
      '/api/v1/opportunities?q=x&limit=5',
      '/api/v1/accounts?q=x&owner=y&sort=name',
      '/api/v1/audit?actor=x&action=y',
      '/api/v1/dispatches?accountId=x',
    ];
    const report = path.join(directory, 'report.json');
    await promisify(execFile)(
      'wapiti',
      [
        ...[
          '--url',
          `${server.url}/sign-in?next=/accounts`,
          ...pages.flatMap((page) => ['--start', server.url + page]),
        ],
        ...['--header', `Cookie: ${cookie}`, '--scope', 'page', '--depth', '0', '--module', MODULES],
        ...['--max-scan-time', '20', '--max-attack-time', '6', '--flush-session', '--no-bugreport'],
        ...['--store-session', directory, '--format', 'json', '--output', report],
      ],
      { env: { ...process.env, HOME: directory }, maxBuffer: 64 * 1024 * 1024 },
    );
    const { vulnerabilities, anomalies } = JSON.parse(await readFile(report, 'utf8')) as Record<
      string,
      Record<string, Finding[]>
    >;
    const findings = [vulnerabilities, anomalies].flatMap((kinds) =>
      Object.entries(kinds ?? {}).flatMap(([kind, found]) => found.map((finding) => ({ kind, ...finding }))),
    );
    expect(findings.filter((finding) => finding.level >= MEDIUM)).toEqual([]);
    // It did look: over plain HTTP there is no HSTS, which it counts as low.
    expect(findings.map((finding) => finding.info)).toContain('Strict-Transport-Security is not set');
    expect(server.output()).not.toMatch(/"level":50/);
  });
});

function isInstalled(): boolean {
  try {
    execFileSync('wapiti', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
