import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { neededModules } from '../../scripts/production-modules.mjs';
import { buildContext, parseDockerfile, readEnv } from '../../scripts/try-dockerfile';

const read = (file: string) => readFileSync(file, 'utf8');
const settings = Object.keys(parseEnv(read('.env.example')));
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** Tools that a machine may lack; the tests below say which. */
function has(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function run(tool: string, args: string[], env: Record<string, string> = {}): string {
  return execFileSync(tool, args, { encoding: 'utf8', stdio: 'pipe', env: { ...process.env, ...env } });
}

describe('the Dockerfile', () => {
  const stages = parseDockerfile(read('Dockerfile'));
  const context = buildContext(process.cwd());
  const [build, image] = stages;
  const all = stages.flatMap(({ instructions }) => instructions);
  const commands = ['CMD', 'HEALTHCHECK'].map((name) => {
    const { rest = '' } = image?.instructions.find((one) => one.name === name) ?? {};
    return JSON.parse(rest.slice(rest.indexOf('['))) as string[];
  });

  it('has two stages on one version of Node.js that is supported', () => {
    expect(stages.map(({ name }) => name)).toEqual(['build', '1']);
    expect(build?.image).toBe(image?.image);
    expect(image?.image).toMatch(/^node:(20|22|24)-\w+-slim$/);
  });

  it('copies what there is, and what .dockerignore lets through', () => {
    for (const { flags, rest } of all.filter(({ name }) => name === 'COPY')) {
      for (const source of rest.split(/ +/).slice(0, -1)) {
        if (flags.from) expect(stages.map(({ name }) => name)).toContain(flags.from);
        else if (source !== '.') {
          expect(
            context.some((file) => file === source || file.startsWith(`${source}/`)),
            source,
          ).toBe(true);
        }
      }
    }
  });

  it('lets no data, secrets, tests or earlier builds in', () => {
    expect(context.length).toBeGreaterThan(200);
    expect(
      context.filter((file) => /^(\.env$|data\/|tests\/|bench\/|\.git|node_modules|\.next)|\.db$/.test(file)),
    ).toEqual([]);
    // What the build reads (next.config.js names one of the configurations) is there.
    for (const file of ['tsconfig.build.json', 'proxy.ts', 'prisma/sqlite/models.prisma', '.env.example']) {
      expect(context).toContain(file);
    }
  });

  it('runs scripts that there are', () => {
    const runs = all
      .filter(({ name }) => name === 'RUN')
      .map(({ rest }) => rest)
      .join('\n');
    const named = [...runs.matchAll(/npm run (\S+)/g)].map(([, name = '']) => name);
    expect(named).toEqual(['build']);
    for (const name of named) expect(scripts).toHaveProperty(name);
    for (const [, file = ''] of runs.matchAll(/node (scripts\/\S+)/g)) expect(existsSync(file), file).toBe(true);
    for (const [program, file = ''] of commands) {
      expect(program).toBe('node');
      expect(context).toContain(file);
    }
  });

  it('starts as somebody without rights who owns the data and nothing else', () => {
    const names = image?.instructions.map(({ name }) => name) ?? [];
    const user = image?.instructions.find(({ name }) => name === 'USER');
    expect(user?.rest).toBe('node');
    expect(names.indexOf('USER')).toBeGreaterThan(names.lastIndexOf('COPY'));
    expect(all.filter(({ name, flags }) => name === 'COPY' && flags.chown !== undefined)).toEqual([]);
  });

  it('sets what the desk knows, and no secrets', () => {
    const env = Object.assign(
      {},
      ...all.filter(({ name }) => name === 'ENV').map(({ rest }) => readEnv(rest)),
    ) as object;
    const known = [...settings, 'NODE_ENV', 'NEXT_TELEMETRY_DISABLED', 'PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD'];
    for (const name of Object.keys(env)) expect(known).toContain(name);
    expect(Object.keys(env).join()).not.toMatch(/SECRET|PASSWORD|KEY|TOKEN|DATABASE_URL/);
  });

  it('keeps the packages that a running desk loads, and no tools', () => {
    const kept = [...neededModules(process.cwd())].map((folder) => folder.replace(/^.*node_modules\//, ''));
    for (const name of ['next', 'react-dom', 'better-sqlite3', 'pg', '@prisma/client', 'tsx', 'esbuild', 'pino']) {
      expect(kept).toContain(name);
    }
    for (const name of ['typescript', 'vitest', 'prisma', 'tailwindcss', 'playwright', 'recharts', 'sharp']) {
      expect(kept).not.toContain(name);
    }
  });
});

interface Service {
  image?: string;
  environment?: Record<string, string>;
  env_file?: string;
  networks?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  ports?: string[];
  cap_drop?: string[];
  read_only?: boolean;
}

describe('compose.yaml', () => {
  const text = read('compose.yaml');
  const compose = parse(text, { merge: true }) as {
    services: Record<string, Service>;
    networks: Record<string, { ipam?: { config: { subnet: string }[] }; internal?: boolean } | null>;
    volumes: Record<string, unknown>;
  };
  const { services } = compose;
  const apps = ['app-1', 'app-2'].map((name) => services[name] as Service);

  it('has two desks, PostgreSQL and a proxy, and refers to what it has', () => {
    expect(Object.keys(services)).toEqual(['app-1', 'app-2', 'postgres', 'caddy']);
    for (const [name, service] of Object.entries(services)) {
      for (const network of service.networks ?? []) expect(compose.networks).toHaveProperty(network);
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) expect(existsSync(source), source).toBe(true);
        else expect(compose.volumes).toHaveProperty(source);
      }
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(services, name).toHaveProperty(other);
        expect(condition).toBe('service_healthy');
        // A desk's health check is in the image.
        if (!other.startsWith('app-')) expect(services[other]).toHaveProperty('healthcheck');
      }
    }
  });

  it('sets what the desk knows', () => {
    for (const app of apps) for (const name of Object.keys(app.environment ?? {})) expect(settings).toContain(name);
    const example = Object.keys(parseEnv(read('ops/compose.env.example')));
    for (const name of example) expect([...settings, 'HEADROOM_DOMAIN', 'POSTGRES_PASSWORD']).toContain(name);
    for (const [, name = '', how] of text.matchAll(/\$\{(\w+)(:[?-])?/g)) {
      if (how !== ':-') expect(example).toContain(name);
      expect(how, `${name} must have a default, or stop the start where it is missing`).toBeDefined();
    }
    expect(apps[0]?.env_file).toBe('ops/compose.env');
    expect(read('.gitignore')).toContain('/ops/compose.env\n');
  });

  it('lets the desks believe the proxy, and nobody in but by it', () => {
    const [subnet] = compose.networks.front?.ipam?.config ?? [];
    expect(apps.map((app) => app.environment?.HEADROOM_TRUSTED_PROXIES)).toEqual([subnet?.subnet, subnet?.subnet]);
    expect(
      Object.entries(services)
        .filter(([, { ports }]) => ports)
        .map(([name]) => name),
    ).toEqual(['caddy']);
    expect(compose.networks.back?.internal).toBe(true);
    expect(services.postgres?.networks).toEqual(['back']);
    expect(services.caddy?.networks).toEqual(['front']);
    for (const app of apps) expect(app).toMatchObject({ cap_drop: ['ALL'], read_only: true });
  });

  it('has a proxy that knows the desks, and what they need of one', () => {
    const caddy = read('ops/caddy/Caddyfile');
    const [, upstreams = ''] = /reverse_proxy (.+) \{/.exec(caddy) ?? [];
    expect(upstreams.split(' ')).toEqual(['app-1:3000', 'app-2:3000']);
    for (const word of ['flush_interval -1', 'max_size 513MB', 'health_uri /api/readyz', 'Host localhost']) {
      expect(caddy).toContain(word);
    }
  });
});

describe('the units of systemd', () => {
  it.each(['headroom', 'headroom-backup'])('%s starts what there is, with settings that there are', (name) => {
    const unit = read(`ops/systemd/${name}.service`);
    const [, script = ''] = /^ExecStart=\/usr\/bin\/node .*(scripts\/\S+)/m.exec(unit) ?? [];
    expect(existsSync(script), script).toBe(true);
    for (const [, line = ''] of unit.matchAll(/^Environment=(.*)$/gm)) {
      for (const variable of Object.keys(readEnv(line))) expect([...settings, 'NODE_ENV']).toContain(variable);
    }
  });
});

describe('as the tools see it', () => {
  it.skipIf(!has('promtool'))('promtool accepts the alert rules, and they fire when they should', () => {
    expect(run('promtool', ['check', 'rules', 'ops/prometheus/alerts.yml'])).toMatch(/SUCCESS: \d+ rules found/);
    run('promtool', ['test', 'rules', 'ops/prometheus/alerts.test.yml']);
  });

  it('every alert says what is wrong and how much it matters', () => {
    const { groups } = parse(read('ops/prometheus/alerts.yml')) as {
      groups: {
        rules: { alert: string; expr: string; labels: { severity: string }; annotations: { summary: string } }[];
      }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(10);
    for (const rule of rules) {
      expect(rule.alert).toMatch(/^Headroom[A-Z]\w+$/);
      expect(rule.expr).toMatch(/\w/);
      expect(['warning', 'critical']).toContain(rule.labels.severity);
      expect(rule.annotations.summary, rule.alert).toMatch(/\w/);
    }
  });

  it.skipIf(!has('systemd-analyze') || !existsSync('/usr/bin/node'))(
    'systemd accepts its units, which give little away',
    () => {
      const files = ['headroom.service', 'headroom-backup.service', 'headroom-backup.timer'];
      expect(run('systemd-analyze', ['verify', ...files.map((file) => path.resolve('ops/systemd', file))])).toBe('');
      for (const file of files.slice(0, 2)) {
        // Of 100, where 0 is nothing at all: fails above the threshold.
        run('systemd-analyze', ['security', '--offline=true', '--threshold=20', `ops/systemd/${file}`]);
      }
    },
  );

  it.skipIf(!has('caddy'))('Caddy accepts its file', () => {
    run('caddy', ['validate', '--config', 'ops/caddy/Caddyfile', '--adapter', 'caddyfile'], {
      HEADROOM_DOMAIN: 'headroom.example.com',
    });
  });
});
