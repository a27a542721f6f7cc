import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import * as z from 'zod';
import { DEFAULT_EXPANSION_POLICY, type ExpansionPolicy } from './domain/expansion';
import { DEFAULT_GATE_POLICY, type GatePolicy } from './domain/gates';
import type { ScheduledJob } from './domain/schedule';
import { DEFAULT_SCORING_MODEL, type ScoringModel } from './domain/scoring-model';
import { AppError } from './errors';
import { readScoringModel } from './scoring-file';

/** Everything that can be set from outside, parsed once. The only reader of the environment. */
export interface Config {
  /** Absolute path of the directory that holds the database and the drafts. */
  dataDir: string;
  databaseUrl: string;
  /** Absolute path of the folder with models and migrations. */
  prismaDirectory: string;
  host: string;
  port: number;
  /** Origins that the desk is reached by, the first one for links; empty where it is this machine alone. */
  publicUrls: string[];
  /** Addresses and CIDR ranges whose `X-Forwarded-*` headers are believed. */
  trustedProxies: string[];
  /** Private addresses and CIDR ranges that requests to configured addresses may go to. */
  allowedPrivateRanges: string[];
  /** Signs cookies; null takes the file that the first start makes. */
  secret: string | null;
  /** Secrets from before, which still open what they encrypted. */
  previousSecrets: string[];
  /** A key with the rights of an admin, for automation; null is none. */
  bootstrapApiKey: string | null;
  google: GoogleConfig | null;
  /** A token that reads the metrics and nothing else; null is none. */
  metricsToken: string | null;
  /** Where traces go; null is nowhere. */
  tracing: TracingConfig | null;
  /** How long a desk that stops goes on serving after it has said that it is not ready, in milliseconds. */
  stopDelayMs: number;
  /** Of the application. */
  version: string;
  /** Scales the limits of requests a minute. */
  rateLimitFactor: number;
  timeZone: string;
  logLevel: string;
  /** `npm run dev`: the set-up link is in the log, where no terminal banner prints it. */
  development: boolean;
  dispatchPolicy: 'manual' | 'auto';
  schedule: Record<ScheduledJob, string>;
  /** How late a missed firing is still caught up, in milliseconds. */
  catchUpGraceMs: number;
  /** The same for what comes once a quarter. */
  quarterlyGraceMs: number;
  scoring: ScoringModel;
  expansion: ExpansionPolicy;
  gates: GatePolicy;
  dispatch: DispatchConfig;
  mail: MailConfig;
  /** A language model, as it was named; what is wrong with it degrades it, and stops nothing. Null is none. */
  languageModel: LanguageModelConfig | null;
  notion: NotionConfig;
  /** Address in the From header of local drafts; the mail program replaces it with the rep's own. */
  mailFrom: string;
}

/** Sign-in with Google. */
export interface GoogleConfig {
  clientId: string;
  clientSecret: string;
  /** Whose addresses may come without an invitation, as viewers; lower case. */
  allowedDomains: string[];
  issuer: string;
}

/** Mailboxes that configuration opens; those that people connect are in the database. */
export interface MailConfig {
  /** Where Google gives tokens to a service account. */
  googleIssuer: string;
  /** Where Gmail's API is. */
  gmailApi: string;
  /** A service account with domain-wide delegation, and the Workspace domains whose mailboxes it may open. */
  delegation: { keyFile: string; domains: string[] } | null;
  imap: ImapConfig | null;
}

/** Which workspace, and what of it, people choose in Settings → Notion. */
export interface NotionConfig {
  /** Where Notion's API is. */
  apiUrl: string;
  /** Of all that this process asks of it, on average. */
  requestsPerSecond: number;
}

/** The IMAP server of the configuration: what people who connect a mailbox need not type, or one account for all. */
export interface ImapConfig {
  host: string;
  port: number;
  security: 'tls' | 'starttls' | 'none';
  /** Null: people log in with passwords of their own. */
  account: { user: string; password: string } | null;
  /** Domains of reps for whom `{address}` in the account's user stands; empty where the account is one for all. */
  domains: string[];
  /** Path of the mailbox for drafts; null is the one that the server marks as such. */
  folder: string | null;
  /** PEM file with the certificate authority of the server. */
  caFile: string | null;
}

/** As texts: they are judged where the model is connected, which says what is wrong without stopping the desk. */
export interface LanguageModelConfig {
  provider: string;
  url: string | null;
  name: string | null;
  apiKey: string | null;
  answerFormat: string;
  timeoutMs: string;
  dispatchWaitMs: string;
  maxOutputTokens: string;
  dailyTokens: string;
  dailyCost: string | null;
  inputPrice: string | null;
  outputPrice: string | null;
  currency: string;
}

/** A collector of traces that speaks OTLP over HTTP. */
export interface TracingConfig {
  /** With its path, `/v1/traces`. */
  url: string;
  headers: Record<string, string>;
  serviceName: string;
  /** Of the traces that begin here, how many are kept: 0 to 1. */
  sampleRatio: number;
}

export interface DispatchConfig {
  /** How long the mail port may take for one draft, in milliseconds. */
  timeoutMs: number;
  /** Attempts before a dispatch is `failed`. */
  maxAttempts: number;
  /** Wait before the second attempt, in milliseconds; doubles with each further one, with jitter. */
  backoffMs: number;
}

const cronExpression = z
  .string()
  .regex(/^(\S+\s+){4,5}\S+$/, 'must be a cron expression of five fields, e.g. "0 7 * * *"');
const milliseconds = (fallback: number, minimum: number, maximum: number) =>
  z.coerce.number().int().min(minimum).max(maximum).default(fallback);

/** Values with commas between them. */
function list(item: z.ZodType<string, string>) {
  return z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item));
}

/** As a browser writes it, `https://headroom.example.com`, whatever its letters' case and with or without the last slash. */
const origin = z
  .string()
  .refine(isOrigin, 'must be like https://headroom.example.com, without a path')
  .transform((text) => new URL(text).origin);

const domain = z.string().regex(/^[a-z0-9.-]+\.[a-z]{2,}$/i, 'must be domains, with commas between them');

const environment = z.object({
  HEADROOM_DATA_DIR: z.string().min(1).default('./data'),
  DATABASE_URL: z
    .string()
    .regex(/^(file:|postgres(ql)?:\/\/)/, 'must start with "file:" (SQLite) or "postgres://" (PostgreSQL)')
    .optional(),
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, 'must be an address or a host name')
    .default('127.0.0.1'),
  HEADROOM_URL: list(origin),
  HEADROOM_TRUSTED_PROXIES: list(
    z.string().refine(isAddressRange, 'must be addresses or CIDR ranges such as 10.0.0.0/8, with commas between them'),
  ),
  HEADROOM_ALLOWED_PRIVATE_RANGES: list(
    z.string().refine(isAddressRange, 'must be addresses or CIDR ranges such as 10.0.0.0/8, with commas between them'),
  ),
  HEADROOM_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters, such as `openssl rand -base64 32` makes')
    .optional(),
  HEADROOM_SECRET_PREVIOUS: list(z.string().min(32, 'must be secrets of at least 32 characters, with commas between')),
  HEADROOM_BOOTSTRAP_API_KEY: z
    .string()
    .regex(/^[\w.~+/=-]{32,200}$/, 'must have at least 32 characters: letters, digits and . ~ + / = _ -')
    .optional(),
  HEADROOM_STOP_DELAY_MS: milliseconds(0, 0, 60_000),
  HEADROOM_METRICS_TOKEN: z
    .string()
    .regex(/^[\w.~+/=-]{32,200}$/, 'must have at least 32 characters: letters, digits and . ~ + / = _ -')
    .optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .regex(/^https?:\/\/[^\s?#]+$/i, 'must be an address such as http://localhost:4318')
    .optional(),
  OTEL_EXPORTER_OTLP_HEADERS: list(
    z.string().regex(/^[\w.-]+=[^\r\n]*$/, 'must be like authorization=Bearer%20…, with commas between them'),
  ),
  OTEL_SERVICE_NAME: z.string().min(1).default('headroom'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  HEADROOM_RATE_LIMIT_FACTOR: z.coerce.number().min(0.1).max(1_000).default(1),
  HEADROOM_GOOGLE_CLIENT_ID: z.string().min(1).optional(),
  HEADROOM_GOOGLE_CLIENT_SECRET: z.string().min(1).optional(),
  HEADROOM_GOOGLE_SIGN_IN_DOMAINS: list(domain),
  HEADROOM_GOOGLE_ISSUER: origin.default('https://accounts.google.com'),
  HEADROOM_GOOGLE_API_URL: origin.default('https://gmail.googleapis.com'),
  HEADROOM_GOOGLE_SERVICE_ACCOUNT_FILE: z.string().min(1).optional(),
  HEADROOM_GOOGLE_DELEGATED_DOMAINS: list(domain),
  HEADROOM_IMAP_HOST: z
    .string()
    .regex(/^[\w.:-]+$/, 'must be a host name or an address')
    .optional(),
  HEADROOM_IMAP_PORT: z.coerce.number().int().min(1).max(65535).optional(),
  HEADROOM_IMAP_SECURITY: z.enum(['tls', 'starttls', 'none']).default('tls'),
  HEADROOM_IMAP_USER: z.string().min(1).optional(),
  HEADROOM_IMAP_PASSWORD: z.string().min(1).optional(),
  HEADROOM_IMAP_DOMAINS: list(domain),
  HEADROOM_IMAP_FOLDER: z.string().min(1).optional(),
  HEADROOM_IMAP_CA_FILE: z.string().min(1).optional(),
  HEADROOM_MODEL_PROVIDER: z.string().optional(),
  HEADROOM_MODEL_URL: z.string().optional(),
  HEADROOM_MODEL_NAME: z.string().optional(),
  HEADROOM_MODEL_API_KEY: z.string().optional(),
  HEADROOM_MODEL_ANSWER_FORMAT: z.string().default('schema'),
  HEADROOM_MODEL_TIMEOUT_MS: z.string().default('20000'),
  HEADROOM_MODEL_DISPATCH_WAIT_MS: z.string().default('5000'),
  HEADROOM_MODEL_MAX_OUTPUT_TOKENS: z.string().default('2000'),
  HEADROOM_MODEL_DAILY_TOKENS: z.string().default('1000000'),
  HEADROOM_MODEL_DAILY_COST: z.string().optional(),
  HEADROOM_MODEL_INPUT_PRICE: z.string().optional(),
  HEADROOM_MODEL_OUTPUT_PRICE: z.string().optional(),
  HEADROOM_MODEL_CURRENCY: z.string().default('USD'),
  HEADROOM_NOTION_API_URL: origin.default('https://api.notion.com'),
  HEADROOM_NOTION_REQUESTS_PER_SECOND: z.coerce.number().min(0.1).max(1_000).default(3),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  HEADROOM_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'must be an IANA time zone such as "Europe/Berlin"')
    .default(() => Intl.DateTimeFormat().resolvedOptions().timeZone),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  HEADROOM_DISPATCH_POLICY: z.enum(['manual', 'auto']).default('manual'),
  HEADROOM_SCAN_CRON: cronExpression.default('0 7 * * *'),
  HEADROOM_ADOPTION_CRON: cronExpression.default('15 7 * * *'),
  HEADROOM_CONTRACT_CHECK_CRON: cronExpression.default('0 8 * * *'),
  HEADROOM_CONTRACT_QBR_CRON: cronExpression.default('0 8 * * *'),
  HEADROOM_QUARTERLY_QBR_CRON: cronExpression.default('0 4 1 1,4,7,10 *'),
  HEADROOM_RETENTION_CRON: cronExpression.default('30 3 * * *'),
  HEADROOM_RESUME_CRON: cronExpression.default('* * * * *'),
  HEADROOM_NOTION_PULL_CRON: cronExpression.default('*/15 * * * *'),
  HEADROOM_CATCH_UP_HOURS: z.coerce.number().min(0).max(168).default(12),
  HEADROOM_QUARTERLY_CATCH_UP_HOURS: z.coerce.number().min(0).max(336).default(168),
  HEADROOM_SCORING_FILE: z.string().min(1).optional(),
  HEADROOM_SIGNAL_FRESHNESS_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(365)
    .default(DEFAULT_GATE_POLICY.signalFreshnessDays),
  HEADROOM_NEW_ACCOUNT_DAYS: z.coerce.number().int().min(0).max(365).default(DEFAULT_GATE_POLICY.newAccountDays),
  HEADROOM_DISPATCH_TIMEOUT_MS: milliseconds(20_000, 100, 120_000),
  HEADROOM_DISPATCH_MAX_ATTEMPTS: z.coerce.number().int().min(1).max(20).default(5),
  HEADROOM_DISPATCH_BACKOFF_MS: milliseconds(30_000, 10, 3_600_000),
  HEADROOM_MAIL_FROM: z
    .string()
    .regex(/^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/, 'must be an email address')
    .default('headroom@localhost'),
});

/**
 * Reads the configuration. Empty variables count as unset.
 * @param root directory that relative paths start from: the project's own.
 * @throws AppError `invalid_input` naming each variable that is wrong and what it should be.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, root: string = process.cwd()): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
    throw new AppError('invalid_input', issues.map((issue) => `${issue.path}: ${issue.message}`).join('\n'), {
      issues,
      remedy: 'Correct the variable in the environment or in .env; .env.example documents each.',
    });
  }
  const values = parsed.data;
  checkTogether(values);
  const dataDir = path.resolve(root, values.HEADROOM_DATA_DIR);
  return {
    dataDir,
    databaseUrl: values.DATABASE_URL ?? `file:${path.join(dataDir, 'headroom.db')}`,
    prismaDirectory: path.join(root, 'prisma'),
    host: values.HOST,
    port: values.PORT,
    publicUrls: values.HEADROOM_URL,
    trustedProxies: values.HEADROOM_TRUSTED_PROXIES,
    allowedPrivateRanges: values.HEADROOM_ALLOWED_PRIVATE_RANGES,
    secret: values.HEADROOM_SECRET ?? null,
    previousSecrets: values.HEADROOM_SECRET_PREVIOUS,
    bootstrapApiKey: values.HEADROOM_BOOTSTRAP_API_KEY ?? null,
    google:
      values.HEADROOM_GOOGLE_CLIENT_ID && values.HEADROOM_GOOGLE_CLIENT_SECRET
        ? {
            clientId: values.HEADROOM_GOOGLE_CLIENT_ID,
            clientSecret: values.HEADROOM_GOOGLE_CLIENT_SECRET,
            allowedDomains: lowerCase(values.HEADROOM_GOOGLE_SIGN_IN_DOMAINS),
            issuer: values.HEADROOM_GOOGLE_ISSUER,
          }
        : null,
    metricsToken: values.HEADROOM_METRICS_TOKEN ?? null,
    tracing: values.OTEL_EXPORTER_OTLP_ENDPOINT
      ? {
          url: `${values.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/, '')}/v1/traces`,
          headers: Object.fromEntries(values.OTEL_EXPORTER_OTLP_HEADERS.map(readHeader)),
          serviceName: values.OTEL_SERVICE_NAME,
          sampleRatio: values.OTEL_TRACES_SAMPLER_ARG,
        }
      : null,
    stopDelayMs: values.HEADROOM_STOP_DELAY_MS,
    version: readVersion(root),
    rateLimitFactor: values.HEADROOM_RATE_LIMIT_FACTOR,
    timeZone: values.HEADROOM_TIME_ZONE,
    logLevel: values.LOG_LEVEL,
    development: env.NODE_ENV === 'development',
    dispatchPolicy: values.HEADROOM_DISPATCH_POLICY,
    schedule: {
      portfolio_scan: values.HEADROOM_SCAN_CRON,
      track_feature_adoption: values.HEADROOM_ADOPTION_CRON,
      contract_check: values.HEADROOM_CONTRACT_CHECK_CRON,
      contract_qbr: values.HEADROOM_CONTRACT_QBR_CRON,
      quarterly_qbr: values.HEADROOM_QUARTERLY_QBR_CRON,
      retention: values.HEADROOM_RETENTION_CRON,
      resume_dispatches: values.HEADROOM_RESUME_CRON,
      notion_pull: values.HEADROOM_NOTION_PULL_CRON,
    },
    catchUpGraceMs: values.HEADROOM_CATCH_UP_HOURS * 3_600_000,
    quarterlyGraceMs: values.HEADROOM_QUARTERLY_CATCH_UP_HOURS * 3_600_000,
    scoring: values.HEADROOM_SCORING_FILE
      ? readScoringModel(path.resolve(root, values.HEADROOM_SCORING_FILE))
      : DEFAULT_SCORING_MODEL,
    expansion: DEFAULT_EXPANSION_POLICY,
    gates: {
      signalFreshnessDays: values.HEADROOM_SIGNAL_FRESHNESS_DAYS,
      newAccountDays: values.HEADROOM_NEW_ACCOUNT_DAYS,
    },
    dispatch: {
      timeoutMs: values.HEADROOM_DISPATCH_TIMEOUT_MS,
      maxAttempts: values.HEADROOM_DISPATCH_MAX_ATTEMPTS,
      backoffMs: values.HEADROOM_DISPATCH_BACKOFF_MS,
    },
    mail: {
      googleIssuer: values.HEADROOM_GOOGLE_ISSUER,
      gmailApi: values.HEADROOM_GOOGLE_API_URL,
      delegation: values.HEADROOM_GOOGLE_SERVICE_ACCOUNT_FILE
        ? {
            keyFile: path.resolve(root, values.HEADROOM_GOOGLE_SERVICE_ACCOUNT_FILE),
            domains: lowerCase(values.HEADROOM_GOOGLE_DELEGATED_DOMAINS),
          }
        : null,
      imap: imapConfig(values, root),
    },
    languageModel: languageModelConfig(values),
    notion: {
      apiUrl: values.HEADROOM_NOTION_API_URL,
      requestsPerSecond: values.HEADROOM_NOTION_REQUESTS_PER_SECOND,
    },
    mailFrom: values.HEADROOM_MAIL_FROM,
  };
}

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

/** What no single variable shows. */
function checkTogether(values: z.output<typeof environment>): void {
  if (!LOOPBACK.includes(values.HOST) && values.HEADROOM_URL.length === 0) {
    throw new AppError(
      'invalid_input',
      `HEADROOM_URL: is required where others can reach it, as HOST=${values.HOST} says`,
      {
        issues: [{ path: 'HEADROOM_URL', message: 'is required where HOST is not this machine alone' }],
        remedy:
          'Set HEADROOM_URL to the address that people open, e.g. https://headroom.example.com, or HOST to 127.0.0.1.',
      },
    );
  }
  if ((values.HEADROOM_GOOGLE_CLIENT_ID === undefined) !== (values.HEADROOM_GOOGLE_CLIENT_SECRET === undefined)) {
    throw new AppError('invalid_input', 'HEADROOM_GOOGLE_CLIENT_ID and HEADROOM_GOOGLE_CLIENT_SECRET belong together', {
      issues: [{ path: 'HEADROOM_GOOGLE_CLIENT_SECRET', message: 'set both, or neither' }],
    });
  }
  checkMail(values);
}

function checkMail(values: z.output<typeof environment>): void {
  const refuse = (variable: string, message: string) => {
    throw new AppError('invalid_input', `${variable}: ${message}`, { issues: [{ path: variable, message }] });
  };
  const given = (variable: keyof typeof values) => values[variable] !== undefined;
  if (given('HEADROOM_GOOGLE_SERVICE_ACCOUNT_FILE') !== values.HEADROOM_GOOGLE_DELEGATED_DOMAINS.length > 0) {
    const message = 'belongs together with HEADROOM_GOOGLE_SERVICE_ACCOUNT_FILE: set both, or neither';
    refuse('HEADROOM_GOOGLE_DELEGATED_DOMAINS', message);
  }
  if (given('HEADROOM_IMAP_USER') !== given('HEADROOM_IMAP_PASSWORD')) {
    refuse('HEADROOM_IMAP_PASSWORD', 'belongs together with HEADROOM_IMAP_USER: set both, or neither');
  }
  if (given('HEADROOM_IMAP_USER') && !given('HEADROOM_IMAP_HOST')) {
    refuse('HEADROOM_IMAP_HOST', 'is required where HEADROOM_IMAP_USER is set');
  }
  const perRep = values.HEADROOM_IMAP_USER?.includes(REP_ADDRESS) ?? false;
  if (perRep !== values.HEADROOM_IMAP_DOMAINS.length > 0) {
    refuse('HEADROOM_IMAP_DOMAINS', `says whose addresses stand for ${REP_ADDRESS} in HEADROOM_IMAP_USER: set both`);
  }
}

/** Stands for the rep's address in the user that logs in at an IMAP server. */
export const REP_ADDRESS = '{address}';

function imapConfig(values: z.output<typeof environment>, root: string): ImapConfig | null {
  const { HEADROOM_IMAP_HOST: host, HEADROOM_IMAP_USER: user, HEADROOM_IMAP_PASSWORD: password } = values;
  if (host === undefined) return null;
  const security = values.HEADROOM_IMAP_SECURITY;
  return {
    host,
    port: values.HEADROOM_IMAP_PORT ?? (security === 'tls' ? 993 : 143),
    security,
    account: user !== undefined && password !== undefined ? { user, password } : null,
    domains: lowerCase(values.HEADROOM_IMAP_DOMAINS),
    folder: values.HEADROOM_IMAP_FOLDER ?? null,
    caFile: values.HEADROOM_IMAP_CA_FILE === undefined ? null : path.resolve(root, values.HEADROOM_IMAP_CA_FILE),
  };
}

function languageModelConfig(values: z.output<typeof environment>): LanguageModelConfig | null {
  if (values.HEADROOM_MODEL_PROVIDER === undefined) return null;
  return {
    provider: values.HEADROOM_MODEL_PROVIDER,
    url: values.HEADROOM_MODEL_URL ?? null,
    name: values.HEADROOM_MODEL_NAME ?? null,
    apiKey: values.HEADROOM_MODEL_API_KEY ?? null,
    answerFormat: values.HEADROOM_MODEL_ANSWER_FORMAT,
    timeoutMs: values.HEADROOM_MODEL_TIMEOUT_MS,
    dispatchWaitMs: values.HEADROOM_MODEL_DISPATCH_WAIT_MS,
    maxOutputTokens: values.HEADROOM_MODEL_MAX_OUTPUT_TOKENS,
    dailyTokens: values.HEADROOM_MODEL_DAILY_TOKENS,
    dailyCost: values.HEADROOM_MODEL_DAILY_COST ?? null,
    inputPrice: values.HEADROOM_MODEL_INPUT_PRICE ?? null,
    outputPrice: values.HEADROOM_MODEL_OUTPUT_PRICE ?? null,
    currency: values.HEADROOM_MODEL_CURRENCY,
  };
}

function lowerCase(texts: readonly string[]): string[] {
  return texts.map((text) => text.toLowerCase());
}

/** `authorization=Bearer%20…`: the value is encoded as in an address. */
function readHeader(text: string): [string, string] {
  const at = text.indexOf('=');
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), decodeURIComponent(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}

function readVersion(root: string): string {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return version;
}

function isOrigin(value: string): boolean {
  // A path, a query or a name and password would be ignored in silence.
  return /^https?:\/\/[^/?#@\\\s]+\/?$/i.test(value) && URL.canParse(value);
}

function isAddressRange(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/');
  const version = isIP(address);
  // The zone of an address (`fe80::1%eth0`) is no part of a range.
  if (version === 0 || address.includes('%') || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
