/**
 * The HTTP API's requests and responses, once for routes and browser. Written with zod's functional build, which costs
 * a page a few kilobytes. Instants are ISO 8601 in UTC; calendar dates are `YYYY-MM-DD`; money is integer cents.
 */
import * as z from 'zod/mini';

export const rag = z.enum(['GREEN', 'AMBER', 'RED']);
export const opportunityType = z.enum(['seats', 'module', 'integration']);
export const confidence = z.enum(['low', 'medium', 'high']);
export const opportunityStatus = z.enum([
  'open',
  'held',
  'queued',
  'drafted',
  'accepted',
  'won',
  'lost',
  'snoozed',
  'dismissed',
  'withdrawn',
]);
export const dismissReason = z.enum([
  'not_a_fit',
  'no_budget',
  'bad_timing',
  'already_in_talks',
  'wrong_data',
  'other',
]);
export const dispatchState = z.enum(['queued', 'drafting', 'uncertain', 'retrying', 'drafted', 'failed']);
export const runState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
export const churnRiskLevel = z.enum(['low', 'medium', 'high', 'critical']);
export const churnTrigger = z.enum(['none', 'contract_proximity', 'behavioral', 'both']);
export const accountStatus = z.enum(['active', 'onboarding', 'inactive', 'churned']);

export const money = z.object({ amountCents: z.int(), currency: z.string() });

/** The body of an answer without content. */
export const nothing = z.null();

/** RFC 9457 problem document. `errors` names the fields; `code` is stable and meant for programs. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.optional(z.string()),
  code: z.string(),
  requestId: z.optional(z.string()),
  remedy: z.optional(z.string()),
  errors: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  gates: z.optional(z.array(z.object({ code: z.string(), passed: z.boolean(), message: z.string() }))),
});

export const limit = z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(100)));
export const cursor = z.optional(z.string().check(z.minLength(1), z.maxLength(500)));
const text = z.optional(z.string().check(z.trim(), z.maxLength(200)));

/** An instant that every calendar and database knows: years 1970 to 2199. */
export const instant = z.iso.datetime({ offset: true }).check(
  z.refine((value) => {
    const ms = Date.parse(value);
    return ms >= 0 && ms < Date.UTC(2200, 0, 1);
  }, 'must lie between 1970 and 2199'),
);

/** A comma-separated list of enum values in a query string. */
export function csv<T extends Record<string, string>>(values: z.ZodMiniEnum<T>) {
  return z.optional(
    z.pipe(
      z.pipe(
        z.string(),
        z.transform((value) => value.split(',').filter((part) => part !== '')),
      ),
      z.array(values),
    ),
  );
}

// ---------------------------------------------------------------------------------------------- opportunities

/** The rules alone, or a language model that reworded what they had written. */
export const textOrigin = z.discriminatedUnion('by', [
  z.object({ by: z.literal('rules') }),
  z.object({ by: z.literal('model'), model: z.string(), promptVersion: z.string() }),
]);

export const gateCheck = z.object({
  code: z.enum(['account_at_risk', 'open_escalation', 'invoice_overdue', 'stale_signals', 'new_account']),
  passed: z.boolean(),
  message: z.string(),
});

export const dispatchSummary = z.object({
  id: z.string(),
  state: dispatchState,
  /** Present once drafted: where the draft opens. */
  draft: z.nullable(z.object({ provider: z.string(), href: z.string() })),
  errorMessage: z.nullable(z.string()),
});

export const opportunityItem = z.object({
  id: z.string(),
  account: z.object({
    id: z.string(),
    name: z.string(),
    domain: z.nullable(z.string()),
    score: z.nullable(z.number()),
    rag: z.nullable(rag),
    csmEmail: z.nullable(z.string()),
    repEmail: z.nullable(z.string()),
    renewalDate: z.nullable(z.string()),
  }),
  type: opportunityType,
  subject: z.string(),
  title: z.string(),
  why: z.string(),
  impact: z.nullable(money),
  confidence,
  status: opportunityStatus,
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
  snoozedUntil: z.nullable(z.string()),
  /** The gates that hold it; empty where none does. */
  heldBy: z.array(gateCheck),
  dispatch: z.nullable(dispatchSummary),
});

export const timelineEvent = z.object({
  id: z.int(),
  at: z.string(),
  /** `detected`, `queued`, `drafting`, `uncertain`, `retrying`, `drafted`, `failed`, `snoozed`, `dismissed`, `reopened`, `overridden`, `withdrawn`, `accepted`, `won`, `lost`. */
  kind: z.string(),
  actor: z.string(),
  detail: z.nullable(z.string()),
});

export const opportunityDetail = z.extend(opportunityItem, {
  headline: z.string(),
  evidence: z.array(
    z.object({
      signal: z.string(),
      statement: z.string(),
      value: z.string(),
      source: z.string(),
      observedAt: z.string(),
      note: z.nullable(z.string()),
    }),
  ),
  calculation: z.array(z.string()),
  /** Once dispatched, as it is in the draft. */
  talkTrack: z.string(),
  /** What made it; null where another system handed it over. */
  talkTrackOrigin: z.nullable(textOrigin),
  gates: z.array(gateCheck),
  dismissReason: z.nullable(dismissReason),
  dismissNote: z.nullable(z.string()),
  /** Where a dispatch would leave the draft, in words. */
  draftDestination: z.string(),
  timeline: z.array(timelineEvent),
});

export const opportunityQuery = z.strictObject({
  status: csv(opportunityStatus),
  type: csv(opportunityType),
  confidence: csv(confidence),
  rag: csv(rag),
  /** Email address of the rep or of the CSM. */
  owner: text,
  accountId: text,
  /** Matches account name, domain or id. */
  q: text,
  sort: z.optional(z.enum(['-impact', 'impact', '-confidence', '-firstSeenAt', 'firstSeenAt'])),
  limit,
  cursor,
});

export const opportunityList = z.object({ items: z.array(opportunityItem), nextCursor: z.nullable(z.string()) });

const amounts = z.object({
  count: z.int(),
  /** One sum a currency, largest first; opportunities of unknown impact count but add nothing. */
  impact: z.array(money),
});

export const opportunitySummary = z.object({
  /** By status and type; combinations without opportunities are left out. */
  groups: z.array(z.extend(amounts, { status: opportunityStatus, type: opportunityType })),
  wonThisQuarter: amounts,
  owners: z.array(z.string()),
});

export const opportunityPatch = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('snooze'), until: instant }),
  z.strictObject({
    action: z.literal('dismiss'),
    reason: dismissReason,
    note: z.optional(z.string().check(z.trim(), z.maxLength(1000))),
  }),
  z.strictObject({ action: z.literal('reopen') }),
  z.strictObject({ action: z.literal('accept') }),
  z.strictObject({ action: z.literal('won') }),
  z.strictObject({ action: z.literal('lost') }),
]);

// ------------------------------------------------------------------------------------------------- dispatches

export const dispatchRequest = z.strictObject({
  opportunityId: z.string().check(z.minLength(1), z.maxLength(100)),
  override: z.optional(z.strictObject({ reason: z.string().check(z.trim(), z.minLength(3), z.maxLength(500)) })),
});

export const dispatchItem = z.object({
  id: z.string(),
  opportunityId: z.string(),
  account: z.object({ id: z.string(), name: z.string() }),
  type: opportunityType,
  title: z.string(),
  impact: z.nullable(money),
  state: dispatchState,
  recipient: z.nullable(z.string()),
  /** Where its draft goes or lies, in words, as decided when it was dispatched; null before that could be chosen. */
  destination: z.nullable(z.string()),
  attempts: z.int(),
  nextAttemptAt: z.nullable(z.string()),
  draft: z.nullable(z.object({ provider: z.string(), draftId: z.string(), href: z.string() })),
  draftedAt: z.nullable(z.string()),
  error: z.nullable(z.object({ code: z.string(), message: z.string() })),
  overrideReason: z.nullable(z.string()),
  requestedBy: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

export const dispatchDetail = z.extend(dispatchItem, {
  messageId: z.string(),
  /** What made the talk track of the draft; null where another system handed it over, or nobody knows any more. */
  talkTrackOrigin: z.nullable(textOrigin),
  timeline: z.array(timelineEvent),
});
export const dispatchQuery = z.strictObject({
  state: csv(dispatchState),
  accountId: text,
  limit,
  cursor,
});
export const dispatchList = z.object({ items: z.array(dispatchItem), nextCursor: z.nullable(z.string()) });

export const draftFormat = z.strictObject({ format: z.optional(z.enum(['html', 'eml', 'json'])) });

/** What a person saw who looked for the draft of a dispatch that nobody else can settle. */
export const dispatchResolution = z.strictObject({ draft: z.enum(['there', 'not_there']) });

/** `GET /dispatches/{id}/draft?format=json`: what the preview shows. */
export const draftPreview = z.object({
  /**
   * Where the draft is now: `open` at `href`; `local` nowhere but here; `gone` sent or deleted; `unknown` the mailbox cannot
   * say, and `href` is where to look.
   */
  location: z.object({ outcome: z.enum(['open', 'local', 'gone', 'unknown']), href: z.nullable(z.string()) }),
  /** Whether this is what the desk left there: the mailbox did not give the draft itself. */
  copy: z.boolean(),
  subject: z.string(),
  to: z.nullable(z.string()),
  date: z.nullable(z.string()),
  /** Sanitised; meant for a sandboxed frame all the same. */
  html: z.string(),
  text: z.string(),
});

// --------------------------------------------------------------------------------------------------- accounts

export const accountQuery = z.strictObject({
  q: text,
  rag: csv(rag),
  status: csv(accountStatus),
  churnRisk: csv(churnRiskLevel),
  owner: text,
  sort: z.optional(z.enum(['name', '-name', 'score', '-score', 'renewalDate', '-renewalDate', 'arr', '-arr'])),
  limit,
  cursor,
});

export const accountItem = z.object({
  id: z.string(),
  name: z.string(),
  domain: z.nullable(z.string()),
  status: accountStatus,
  segment: z.nullable(z.string()),
  arr: z.nullable(money),
  plan: z.nullable(z.string()),
  csmEmail: z.nullable(z.string()),
  repEmail: z.nullable(z.string()),
  renewalDate: z.nullable(z.string()),
  daysToRenewal: z.nullable(z.int()),
  score: z.nullable(z.number()),
  rag: z.nullable(rag),
  churnRiskLevel: z.nullable(churnRiskLevel),
  shouldAlert: z.boolean(),
  /** Scores, oldest first, at most 26: the sparkline. */
  trend: z.array(z.number()),
  openOpportunities: z.int(),
});
export const accountList = z.object({ items: z.array(accountItem), nextCursor: z.nullable(z.string()) });
export const accountSummary = z.object({
  total: z.int(),
  byRag: z.object({ GREEN: z.int(), AMBER: z.int(), RED: z.int() }),
  /** Accounts that no scan could score yet. */
  unscored: z.int(),
});

const breakdown = z.record(z.string(), z.number());

export const accountDetail = z.extend(accountItem, {
  source: z.string(),
  contractStart: z.nullable(z.string()),
  seatsPurchased: z.nullable(z.int()),
  seatsActive: z.nullable(z.int()),
  modules: z.array(z.string()),
  integrations: z.array(z.string()),
  techStack: z.array(z.string()),
  health: z.nullable(
    z.object({
      score: z.number(),
      rag,
      churnRiskLevel,
      churnTriggeredBy: churnTrigger,
      shouldAlert: z.boolean(),
      changedAt: z.string(),
      modelVersion: z.string(),
      /** Every part with the points won of those to be had, and the value behind it in words. */
      parts: z.array(
        z.object({
          part: z.string(),
          label: z.string(),
          points: z.number(),
          maxPoints: z.number(),
          value: z.string(),
        }),
      ),
      factors: z.array(z.object({ signal: z.string(), value: z.string(), factor: z.number() })),
      /** Against the score before; empty where there is none. */
      moved: z.array(
        z.object({
          part: z.string(),
          label: z.string(),
          from: z.number(),
          to: z.number(),
          fromValue: z.nullable(z.string()),
          toValue: z.nullable(z.string()),
        }),
      ),
      previousScore: z.nullable(z.number()),
      previousAsOf: z.nullable(z.string()),
    }),
  ),
  /** Why a scan could not score the account, by signal; empty where it could. */
  signalProblems: z.array(z.object({ signal: z.string(), message: z.string() })),
  signals: z.array(
    z.object({
      signal: z.string(),
      label: z.string(),
      value: z.nullable(z.string()),
      observedAt: z.string(),
      stale: z.boolean(),
    }),
  ),
  history: z.array(z.object({ asOf: z.string(), score: z.number(), rag })),
  gates: z.array(gateCheck),
  opportunities: z.array(opportunityItem),
  dispatches: z.array(dispatchItem),
});

const importError = z.object({
  /** Line of the file that the row starts on, the header being line 1; for JSON the position in the array, from 1. */
  line: z.int(),
  column: z.nullable(z.string()),
  value: z.nullable(z.string()),
  /** What is wrong and what to do. */
  message: z.string(),
});

/** `mapping`: a JSON object of file column to column, or to null to leave it out. */
export const importQuery = z.strictObject({ mapping: z.optional(z.string().check(z.maxLength(20_000))) });

export const importKind = z.enum(['accounts', 'catalogue', 'usage']);

export const importResult = z.object({
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  /** At most the first 1,000; `errorCount` has them all. */
  errors: z.array(importError),
  errorCount: z.int(),
  /** Rows left out because of an error. */
  rejectedRows: z.int(),
  /** The rejected rows with a column that says why, as CSV, to mend and import again. */
  rejectedCsv: z.nullable(z.string()),
  /** The scan that takes in what came; null where nothing changed. */
  runId: z.nullable(z.string()),
});

// ------------------------------------------------------------------------------------------- health score preview

export const previewRequest = z.strictObject({
  accounts: z
    .array(
      z.strictObject({ accountId: z.optional(z.nullable(z.string())), signals: z.record(z.string(), z.unknown()) }),
    )
    .check(z.minLength(1), z.maxLength(10_000)),
});

export const previewResponse = z.object({
  results: z.array(
    z.union([
      z.object({
        accountId: z.nullable(z.string()),
        score: z.number(),
        rag,
        churnRiskLevel,
        churnTriggeredBy: churnTrigger,
        shouldAlert: z.boolean(),
        breakdown,
      }),
      z.object({ accountId: z.nullable(z.string()), error: z.string() }),
    ]),
  ),
});

// ----------------------------------------------------------------------------------------------- agents and runs

export const runItem = z.object({
  id: z.string(),
  job: z.string(),
  trigger: z.enum(['schedule', 'catch_up', 'manual', 'import', 'scan']),
  state: runState,
  accountId: z.nullable(z.string()),
  done: z.int(),
  total: z.int(),
  counts: z.record(z.string(), z.number()),
  errorCount: z.int(),
  error: z.nullable(z.string()),
  createdAt: z.string(),
  startedAt: z.nullable(z.string()),
  finishedAt: z.nullable(z.string()),
});
export const runDetail = z.extend(runItem, {
  /** At most 100. */
  errors: z.array(z.object({ accountId: z.nullable(z.string()), code: z.string(), message: z.string() })),
});
export const runQuery = z.strictObject({ job: text, state: csv(runState), limit, cursor });
export const runList = z.object({ items: z.array(runItem), nextCursor: z.nullable(z.string()) });

export const agentsResponse = z.object({
  agents: z.array(
    z.object({
      id: z.enum(['customer-success', 'sales']),
      name: z.string(),
      state: z.enum(['ready', 'degraded', 'stopped']),
      capabilities: z.array(z.object({ type: z.string(), description: z.string() })),
    }),
  ),
  integrations: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      state: z.enum(['ready', 'degraded', 'not_configured']),
      /** What it does, or why it does not and what to do. */
      reason: z.string(),
    }),
  ),
  schedule: z.object({
    timeZone: z.string(),
    dispatchPolicy: z.enum(['manual', 'auto']),
    jobs: z.array(
      z.object({
        job: z.string(),
        name: z.string(),
        cron: z.string(),
        description: z.string(),
        nextRunAt: z.nullable(z.string()),
        lastRun: z.nullable(runItem),
      }),
    ),
  }),
});

/** `POST /agents/customer-success/tasks`. Without `accountId` the task covers the whole portfolio. */
export const agentTask = z.looseObject({ type: z.string() });

/** What a task for one account answers. The agents are fail-open: a task that failed inside says so in `error`. */
export const taskResult = z.looseObject({ taskType: z.string(), error: z.optional(z.string()) });

export const workspaceSummary = z.object({
  accounts: z.int(),
  opportunities: z.int(),
  dispatches: z.int(),
  lastScanAt: z.nullable(z.string()),
  nextScanAt: z.nullable(z.string()),
  activeRun: z.nullable(runItem),
  hasCatalogue: z.boolean(),
});

// --------------------------------------------------------------------------------------------- people and access

export const role = z.enum(['admin', 'csm', 'rep', 'viewer']);
const email = z.string().check(z.trim(), z.toLowerCase(), z.maxLength(254), z.email('must be an email address'));
const personName = z.string().check(
  z.trim(),
  z.minLength(1),
  z.maxLength(100),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  z.regex(/^[^\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$/, 'must be one line of text'),
);
/** Whether it is right is decided elsewhere; this keeps the hash from being made to work for an attacker. */
const givenPassword = z.string().check(z.minLength(1), z.maxLength(128));
const newPassword = z
  .string()
  .check(z.minLength(12, 'must have at least 12 characters'), z.maxLength(128, 'must have at most 128 characters'));
const secret = z.string().check(z.regex(/^[\w-]{43}$/, 'is not the secret of a link'));
const days = (minimum: number) => z.int().check(z.minimum(minimum), z.maximum(3650));

export const viewer = z.object({
  kind: z.enum(['user', 'key']),
  id: z.string(),
  name: z.string(),
  email: z.nullable(z.string()),
  role,
  /** Of what the role may, this alone. */
  only: z.optional(z.literal('metrics.read')),
});

/** `GET /session`: who asks, and how one may sign in. */
export const sessionInfo = z.object({
  viewer: z.nullable(viewer),
  methods: z.object({ password: z.boolean(), google: z.boolean() }),
});
export const signInRequest = z.strictObject({ email, password: givenPassword });

/** A link to set the desk up, to join it, to get a new password, or into the demo. */
export const linkKind = z.enum(['setup', 'invitation', 'reset', 'demo']);
export const linkInspect = z.strictObject({ secret });
export const linkInfo = z.object({
  kind: linkKind,
  /** Whom an invitation or a reset is for; null where the person says it. */
  email: z.nullable(z.string()),
  role: z.nullable(role),
  expiresAt: z.string(),
});
/** Set-up needs all, an invitation name and password, a reset the password, the demo nothing. */
export const linkRedeem = z.strictObject({
  secret,
  name: z.optional(personName),
  email: z.optional(email),
  password: z.optional(newPassword),
});

export const userItem = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role,
  disabledAt: z.nullable(z.string()),
  createdAt: z.string(),
  /** The newest sign-in that still has a session. */
  lastSignInAt: z.nullable(z.string()),
  methods: z.array(z.enum(['credential', 'google'])),
});
export const userList = z.object({ items: z.array(userItem) });
export const userPatch = z.strictObject({
  name: z.optional(personName),
  role: z.optional(role),
  disabled: z.optional(z.boolean()),
});

export const invitationRequest = z.strictObject({ email, role });
export const invitationItem = z.object({
  id: z.string(),
  email: z.string(),
  role,
  createdBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
  expired: z.boolean(),
});
export const invitationList = z.object({ items: z.array(invitationItem) });
/** Shown once: only its digest is kept. */
export const linkMade = z.object({ id: z.string(), link: z.string(), expiresAt: z.string() });

export const sessionItem = z.object({
  id: z.string(),
  current: z.boolean(),
  createdAt: z.string(),
  expiresAt: z.string(),
  ip: z.nullable(z.string()),
  userAgent: z.nullable(z.string()),
});
export const sessionList = z.object({ items: z.array(sessionItem) });
export const passwordChange = z.strictObject({ currentPassword: givenPassword, newPassword });

export const apiKeyRequest = z.strictObject({
  name: personName,
  role,
  /** Null never expires. */
  expiresInDays: z.nullable(days(1)),
});
export const apiKeyItem = z.object({
  id: z.string(),
  name: z.string(),
  /** First characters of the key. */
  start: z.string(),
  role,
  createdBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.nullable(z.string()),
  /** To the minute. */
  lastUsedAt: z.nullable(z.string()),
  revokedAt: z.nullable(z.string()),
  /** Whoever made it is no admin any more: it does not work while that is so. */
  suspended: z.boolean(),
});
export const apiKeyList = z.object({ items: z.array(apiKeyItem) });
/** The key itself is shown this once. */
export const apiKeyMade = z.extend(apiKeyItem, { key: z.string() });

const auditText = z.optional(z.string().check(z.trim(), z.maxLength(200)));
export const auditQuery = z.strictObject({
  actor: auditText,
  action: auditText,
  /** Id of the record. */
  subject: auditText,
  from: z.optional(instant),
  to: z.optional(instant),
  limit,
  cursor,
});
export const auditItem = z.object({
  id: z.int(),
  at: z.string(),
  /** `user:<id>`, `key:<id>`, `system` or `anonymous`. */
  actor: z.string(),
  actorName: z.string(),
  action: z.string(),
  subjectType: z.nullable(z.string()),
  subjectId: z.nullable(z.string()),
  ip: z.nullable(z.string()),
  requestId: z.nullable(z.string()),
  detail: z.record(z.string(), z.unknown()),
});
export const auditList = z.object({ items: z.array(auditItem), nextCursor: z.nullable(z.string()) });

// -------------------------------------------------------------------------------------------------- mailboxes

export const mailboxKind = z.enum(['gmail_oauth', 'gmail_delegated', 'imap']);
const imapSecurity = z.enum(['tls', 'starttls', 'none']);

export const mailboxItem = z.object({
  id: z.string(),
  kind: mailboxKind,
  address: z.string(),
  /** The rep whose drafts go here; null: everybody's without a mailbox of their own. */
  owner: z.nullable(z.string()),
  mine: z.boolean(),
  /** Whether the server's configuration opens it, not a person. */
  configured: z.boolean(),
  state: z.enum(['connected', 'reconnect', 'error']),
  /** In words, e.g. `Dana’s Gmail drafts`. */
  destination: z.string(),
  error: z.nullable(z.string()),
  remedy: z.nullable(z.string()),
  /** Dispatches that are not drafted yet. */
  waiting: z.int(),
  connectedAt: z.string(),
  checkedAt: z.nullable(z.string()),
});

/** One of the ways a draft can go. */
export const mailWay = z.object({
  id: z.enum(['google_consent', 'google_delegation', 'imap', 'eml']),
  state: z.enum(['ready', 'not_configured', 'degraded']),
  reason: z.string(),
  remedy: z.nullable(z.string()),
});

/** `GET /mailboxes`: an admin sees all, everybody else their own. */
export const mailboxList = z.object({
  ways: z.array(mailWay),
  items: z.array(mailboxItem),
  /** Where drafts for who asks would go, in words. */
  destination: z.string(),
  /** The server of the configuration, which nobody has to type. */
  imapServer: z.nullable(z.object({ host: z.string(), port: z.int(), security: imapSecurity })),
});

/** One line without control characters. */
const mailText = (longest: number) =>
  z.string().check(
    z.minLength(1),
    z.maxLength(longest),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    z.regex(/^[^\u0000-\u001f\u007f]*$/, 'must be one line of text'),
  );

export const googleConnectRequest = z.strictObject({ shared: z.optional(z.boolean()) });
/** The browser is to go to `url`. */
export const googleConnectAnswer = z.object({ url: z.string() });
/** What Google sends the browser back with. */
export const googleCallbackQuery = z.object({
  state: z.optional(z.string().check(z.maxLength(200))),
  code: z.optional(z.string().check(z.maxLength(2_000))),
  error: z.optional(z.string().check(z.maxLength(200))),
});
/** `port`, `security` and `folder` have defaults; `host` too, where the configuration has a server. */
export const imapConnectRequest = z.strictObject({
  host: z.optional(
    z
      .string()
      .check(z.trim(), z.maxLength(253), z.regex(/^[A-Za-z0-9](?:[\w.:-]*[A-Za-z0-9])?$/, 'must be a host name')),
  ),
  port: z.optional(z.int().check(z.minimum(1), z.maximum(65_535))),
  security: z.optional(imapSecurity),
  user: mailText(320),
  password: mailText(1_000),
  /** Of the mailbox, where the user is not one. */
  address: z.optional(email),
  folder: z.optional(mailText(500)),
  /** For everybody without a mailbox of their own; an admin's to give. */
  shared: z.optional(z.boolean()),
});
/** `revoked`: whether Google has taken the consent back; null where there was none. */
export const mailboxDisconnected = z.object({ revoked: z.nullable(z.boolean()) });

/** How long history is kept, in days; null keeps it for ever. What is current is never deleted. */
export const retention = z.strictObject({
  snapshotDays: z.nullable(days(90)),
  runDays: z.nullable(days(7)),
  auditDays: z.nullable(days(90)),
  /** Events that others are told of, with their deliveries. */
  eventDays: z.nullable(days(7)),
  /** Earlier versions of reviews; the current one stays. */
  reviewDays: z.nullable(days(30)),
});
/** What came later may be left out, and stays as it was. */
export const retentionRequest = z.extend(retention, {
  eventDays: z.optional(retention.shape.eventDays),
  reviewDays: z.optional(retention.shape.reviewDays),
});

export type Rag = z.infer<typeof rag>;
export type Money = z.infer<typeof money>;
export type Problem = z.infer<typeof problem>;
export type GateCheck = z.infer<typeof gateCheck>;
export type OpportunityItem = z.infer<typeof opportunityItem>;
export type OpportunityDetail = z.infer<typeof opportunityDetail>;
export type OpportunityQuery = z.infer<typeof opportunityQuery>;
export type OpportunityList = z.infer<typeof opportunityList>;
export type OpportunitySummary = z.infer<typeof opportunitySummary>;
export type OpportunityPatch = z.infer<typeof opportunityPatch>;
export type TimelineEvent = z.infer<typeof timelineEvent>;
export type DispatchRequest = z.infer<typeof dispatchRequest>;
export type DispatchItem = z.infer<typeof dispatchItem>;
export type DispatchDetail = z.infer<typeof dispatchDetail>;
export type DispatchQuery = z.infer<typeof dispatchQuery>;
export type DispatchList = z.infer<typeof dispatchList>;
export type DraftPreview = z.infer<typeof draftPreview>;
export type AccountItem = z.infer<typeof accountItem>;
export type AccountDetail = z.infer<typeof accountDetail>;
export type AccountQuery = z.infer<typeof accountQuery>;
export type AccountList = z.infer<typeof accountList>;
export type AccountSummary = z.infer<typeof accountSummary>;
export type ImportKind = z.infer<typeof importKind>;
export type ImportResult = z.infer<typeof importResult>;
export type ImportError = z.infer<typeof importError>;
export type RunItem = z.infer<typeof runItem>;
export type RunDetail = z.infer<typeof runDetail>;
export type RunQuery = z.infer<typeof runQuery>;
export type RunList = z.infer<typeof runList>;
export type AgentsResponse = z.infer<typeof agentsResponse>;
export type WorkspaceSummary = z.infer<typeof workspaceSummary>;
export type Role = z.infer<typeof role>;
export type SessionInfo = z.infer<typeof sessionInfo>;
export type LinkInfo = z.infer<typeof linkInfo>;
export type LinkRedeem = z.infer<typeof linkRedeem>;
export type LinkMade = z.infer<typeof linkMade>;
export type UserItem = z.infer<typeof userItem>;
export type UserPatch = z.infer<typeof userPatch>;
export type InvitationItem = z.infer<typeof invitationItem>;
export type SessionItem = z.infer<typeof sessionItem>;
export type ApiKeyItem = z.infer<typeof apiKeyItem>;
export type ApiKeyRequest = z.infer<typeof apiKeyRequest>;
export type ApiKeyMade = z.infer<typeof apiKeyMade>;
export type AuditQuery = z.infer<typeof auditQuery>;
export type AuditItem = z.infer<typeof auditItem>;
export type AuditList = z.infer<typeof auditList>;
export type Retention = z.infer<typeof retention>;
export type RetentionRequest = z.infer<typeof retentionRequest>;
export type MailboxItem = z.infer<typeof mailboxItem>;
export type MailboxList = z.infer<typeof mailboxList>;
export type MailWay = z.infer<typeof mailWay>;
export type ImapConnectRequest = z.infer<typeof imapConnectRequest>;
