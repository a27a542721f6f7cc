import { createSdkModel } from './adapters/llm/sdk-model';
import type { TaskWatch } from './agent-tasks';
import type { TalkTrackWording } from './agents/talk-track';
import type { Config } from './config';
import type { Database } from './db/client';
import { createModelLog } from './db/model-log';
import type { Observations } from './metrics';
import { createOutgoing } from './outgoing';
import type { Log } from './ports';
import type { LanguageModel, TextWriter, WordingRequest } from './ports/wording';
import { createBreaker } from './wording/breaker';
import { type ModelSettings, readModelSettings } from './wording/settings';
import { createTextWriter } from './wording/text-writer';

/** The language model of the desk, or why there is none. */
export interface LanguageModelDesk {
  /** For whoever has texts to be reworded; null where no model is connected. */
  readonly writer: TextWriter | null;
  readonly talkTrack: TalkTrackWording | null;
  readonly settings: ModelSettings | null;
  /** Why it does not work, or works only in part; null where all is well, or none was asked for. */
  problem(): string | null;
  dayOf(now: Date): string;
  /** Nobody waits for it any more. */
  close(): void;
}

export interface LanguageModelOptions {
  config: Config;
  db: Database;
  tasks: TaskWatch;
  metrics: Pick<Observations, 'modelCall'>;
  clock: () => Date;
  random: () => number;
  log: Log;
}

/** What a wish is for, where no task is under way that says so. */
const CAPABILITIES: Record<WordingRequest['purpose'], string> = {
  talk_track: 'handle_expansion_opportunity',
  churn_alert: 'health_scan',
  qbr: 'generate_qbr',
};

/** Connects the model of the configuration. Nothing is asked of it, and no SDK is loaded, before the first wish. */
export function connectLanguageModel(options: LanguageModelOptions): LanguageModelDesk {
  const { config, db, tasks, metrics, clock, random, log } = options;
  const dayOf = calendarOf(config.timeZone);
  const none = { writer: null, talkTrack: null, settings: null, dayOf, close: () => {} };
  if (config.languageModel === null) return { ...none, problem: () => null };
  const { settings, problem } = readModelSettings(config.languageModel);
  if (settings === null) {
    log.error({ problem }, 'The language model is degraded: every text is the rules’ own');
    return { ...none, problem: () => problem };
  }
  const breaker = createBreaker();
  const writer = createTextWriter({
    model: openModel(settings),
    log: createModelLog(db),
    breaker,
    policy: settings.policy,
    ...{ clock, random, dayOf },
    taskOf(purpose) {
      const task = tasks.current();
      // A talk track is the sales agent's, whichever task of the other one dispatches it.
      if (purpose === 'talk_track') return { capability: CAPABILITIES[purpose], runId: task?.runId ?? null };
      return { capability: task?.type ?? CAPABILITIES[purpose], runId: task?.runId ?? null };
    },
    onCall: metrics.modelCall,
    logger: log,
  });
  return {
    writer,
    talkTrack: { writer, waitMs: settings.dispatchWaitMs },
    settings,
    problem() {
      const until = breaker.openUntil(clock());
      return until === null
        ? null
        : `The language model failed several times in a row and is left alone until ${until.toISOString()}; texts are the rules’ own meanwhile.`;
    },
    dayOf,
    close: () => writer.close(),
  };
}

/** The largest answer that is read, in bytes. */
const MAX_BYTES = 1024 * 1024;

function openModel({ provider, url, name, apiKey, answerFormat, policy }: ModelSettings): LanguageModel {
  // Whoever runs the desk named this one address: it may be anywhere, and nothing else is called. No redirect is followed.
  const outgoing = createOutgoing({
    allowedRanges: ['0.0.0.0/0', '::/0'],
    timeoutMs: policy.timeoutMs,
    maxBytes: MAX_BYTES,
  });
  const { origin } = new URL(url);
  const fetchModel: typeof fetch = async (input, init = {}) => {
    const target = new URL(input instanceof Request ? input.url : input);
    if (target.origin !== origin) throw new Error('The language model is asked at its configured address alone.');
    return outgoing(target, {
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(typeof init.body === 'string' ? { body: init.body } : {}),
      ...(init.signal ? { signal: init.signal } : {}),
    });
  };
  const { maxOutputTokens } = policy;
  return createSdkModel({ provider, url, name, apiKey, answerFormat, maxOutputTokens, fetch: fetchModel });
}

/** The calendar date of an instant in a time zone, `YYYY-MM-DD`. */
function calendarOf(timeZone: string): (now: Date) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (now) => format.format(now);
}
