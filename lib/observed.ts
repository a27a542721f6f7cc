import type { SalesAgent } from './agents/sales';
import { isAppError } from './errors';
import type { Job } from './job-runner';
import type { MailOperation, Observations } from './metrics';
import type { Mailboxes, MailDrafts } from './ports';
import type { Tracing } from './tracing';

/** Who is told what the desk does: metrics and traces. What is observed does not know of them. */
export interface Observers {
  metrics: Pick<Observations, 'mail' | 'attempt' | 'run' | 'scanned'>;
  tracing: Tracing;
}

/** The same mailboxes; every call to one is timed, and a span. */
export function observeMailboxes(mailboxes: Mailboxes, observers: Observers): Mailboxes {
  return { ...mailboxes, open: async (mailboxId) => observeMail(await mailboxes.open(mailboxId), observers) };
}

function observeMail(mail: MailDrafts, { metrics, tracing }: Observers): MailDrafts {
  const { provider } = mail;

  function call<T>(
    operation: MailOperation,
    work: () => Promise<T>,
    outcomeOf: (value: T) => string,
    signal?: AbortSignal,
  ): Promise<T> {
    return tracing.span(`mail ${operation}`, { 'headroom.mail.provider': provider }, () =>
      timed(
        work,
        { outcomeOf, failureOf: mailFailure, signal },
        (outcome, seconds) => metrics.mail({ provider, operation, outcome, seconds }),
        (outcome) => tracing.annotate({ 'headroom.mail.outcome': outcome }),
      ),
    );
  }

  return {
    provider,
    destination: mail.destination,
    settleMs: mail.settleMs,
    createDraft: (message, options) =>
      call(
        'create_draft',
        () => mail.createDraft(message, options),
        () => 'ok',
        options.signal,
      ),
    findDraft: (messageId, options) =>
      call(
        'find_draft',
        () => mail.findDraft(messageId, options),
        ({ outcome }) => outcome,
        options.signal,
      ),
    readDraft: (draft) =>
      call(
        'read_draft',
        () => mail.readDraft(draft),
        (content) => (content ? 'ok' : 'absent'),
      ),
    locateDraft: (draft, options) =>
      call(
        'locate_draft',
        () => mail.locateDraft(draft, options),
        ({ outcome }) => outcome,
        options.signal,
      ),
  };
}

/**
 * Tells once how the work ended and how long it took. Work that is still under way when its signal fires has timed out:
 * a mailbox that never answers must not be one that nobody hears of.
 */
async function timed<T>(
  work: () => Promise<T>,
  words: { outcomeOf: (value: T) => string; failureOf: (error: unknown) => string; signal?: AbortSignal | undefined },
  tell: (outcome: string, seconds: number) => void,
  note: (outcome: string) => void,
): Promise<T> {
  const started = performance.now();
  let told = false;
  const end = (outcome: string) => {
    if (!told) tell(outcome, (performance.now() - started) / 1000);
    told = true;
  };
  const onAbort = () => end('timeout');
  words.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const value = await work();
    end(words.outcomeOf(value));
    note(words.outcomeOf(value));
    return value;
  } catch (error) {
    end(words.failureOf(error));
    note(words.failureOf(error));
    throw error;
  } finally {
    words.signal?.removeEventListener('abort', onAbort);
  }
}

/** Few words, so that there are few series: refused for good, let nobody in, not now, no answer in time, or unknown. */
function mailFailure(error: unknown): string {
  if (isAppError(error)) {
    if (error.code === 'mail_rejected') return 'rejected';
    if (error.code === 'mail_unavailable') return 'unavailable';
    if (error.code === 'mail_reconnect') return 'reconnect';
    if (error.code === 'timeout') return 'timeout';
    return 'error';
  }
  const { name } = error as { name?: unknown };
  return name === 'TimeoutError' || name === 'AbortError' ? 'timeout' : 'error';
}

/** The same sales agent; every attempt at a dispatch is counted, and a span. */
export function observeSales(sales: SalesAgent, { metrics, tracing }: Observers): SalesAgent {
  const execute: SalesAgent['execute'] = (task, context) =>
    tracing.span('dispatch attempt', { 'headroom.dispatch.id': context.dispatch.id }, () =>
      timed(
        () => sales.execute(task, context),
        { outcomeOf, failureOf: (error) => (isAppError(error) ? error.code : 'internal'), signal: context.signal },
        (outcome, seconds) => metrics.attempt({ outcome, seconds }),
        (outcome) => tracing.annotate({ 'headroom.dispatch.outcome': outcome }),
      ),
    );
  return { ...sales, execute };
}

function outcomeOf(result: object): string {
  if ('draft' in result) return 'drafted';
  return 'errorCode' in result ? String(result.errorCode) : 'internal';
}

/** The same jobs; every run is timed, and a trace of its own. */
export function observeJobs<Name extends string>(
  jobs: Record<Name, Job>,
  scans: readonly string[],
  { metrics, tracing }: Observers,
): Record<Name, Job> {
  const observe = (name: string, job: Job): Job => {
    const countsAccounts = scans.includes(name);
    return (context) => {
      const started = performance.now();
      let done = 0;
      const ended = (outcome: 'succeeded' | 'failed' | 'cancelled') => {
        const seconds = (performance.now() - started) / 1000;
        metrics.run({ job: name, outcome, seconds, accounts: countsAccounts && outcome === 'succeeded' ? done : null });
        tracing.annotate({ 'headroom.run.outcome': outcome });
      };
      const work = async () => {
        try {
          await job({
            ...context,
            onProgress(progress) {
              if (countsAccounts && progress.done > done) metrics.scanned(name, progress.done - done);
              done = Math.max(done, progress.done);
              return context.onProgress(progress);
            },
          });
        } catch (error) {
          ended(context.signal.aborted ? 'cancelled' : 'failed');
          throw error;
        }
        ended('succeeded');
      };
      return tracing.span(`run ${name}`, { 'headroom.job': name }, work, { root: true });
    };
  };
  const entries = Object.entries<Job>(jobs).map(([name, job]) => [name, observe(name, job)]);
  return Object.fromEntries(entries) as Record<Name, Job>;
}
