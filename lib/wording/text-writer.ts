import { randomBytes } from 'node:crypto';
import { checkGrounding } from '../domain/grounding';
import { publicMessage } from '../errors';
import type { Log } from '../ports';
import type {
  LanguageModel,
  ModelAnswer,
  ModelCallRecord,
  ModelLog,
  ModelSpend,
  TextOrigin,
  TextWriter,
  WordingRequest,
} from '../ports/wording';
import type { Breaker } from './breaker';
import { buildPrompt, PROMPT_VERSION } from './prompt';

export interface WordingPolicy {
  /** For all tries of one wish together, in milliseconds. */
  timeoutMs: number;
  maxOutputTokens: number;
  /** Of a day, for all instances; null is no limit. */
  dailyTokens: number | null;
  dailyCostMicros: number | null;
  /** Of a million tokens, in the currency's own unit; null where nobody said. */
  prices: { input: number; output: number; currency: string } | null;
}

export interface TextWriterOptions {
  model: LanguageModel;
  log: ModelLog;
  breaker: Breaker;
  policy: WordingPolicy;
  clock: () => Date;
  random: () => number;
  /** The calendar date of an instant where the desk is. */
  dayOf: (now: Date) => string;
  /** The task that a wish comes from. */
  taskOf: (purpose: WordingRequest['purpose']) => { capability: string; runId: string | null };
  /** Told of every call when it is over. */
  onCall: (call: ModelCallRecord) => void;
  logger: Log;
}

/** Wait before the second try, in milliseconds; doubles with each further one, with jitter. */
const BACKOFF_MS = 500;
const MOST_ATTEMPTS = 4;
/** What a provider adds to a prompt at most: its own template, and the schema of the answer. */
const TEMPLATE_TOKENS = 500;

/** How a wish ended, besides its texts. */
type Ending = Pick<ModelCallRecord, 'outcome' | 'reason' | 'detail'>;
const NOTHING_SPENT: ModelSpend = { tokens: 0, costMicros: 0 };

/**
 * Asks a language model to reword texts, and believes it nothing: what it wrote stands only where the check finds every
 * figure and name of it in the facts. It can give words and nothing else; amounts, recipients, scores and gates are not
 * among what is read from its answer.
 */
export function createTextWriter(options: TextWriterOptions): TextWriter & { close(): void } {
  const { model, log, breaker, policy, clock, random, logger } = options;
  const closing = new AbortController();

  async function reword<Name extends string>(request: WordingRequest<Name>) {
    if (Object.keys(request.texts).length === 0) return {} as Record<Name, { text: string; origin: TextOrigin }>;
    const started = performance.now();
    const written = new Map<string, { text: string; origin: TextOrigin }>();
    let answer: Asked = { attempts: 0, inputTokens: null, outputTokens: null, spent: NOTHING_SPENT };
    let ending: Ending;
    try {
      [ending, answer] = await ask(request, written);
    } catch (error) {
      // A mistake of ours must not take a draft with it.
      logger.error({ purpose: request.purpose, err: error }, 'A text could not be reworded');
      ending = { outcome: 'failed', reason: 'internal', detail: publicMessage(error) };
    }
    await write(request, ending, answer, Math.round(performance.now() - started));
    const names = Object.keys(request.texts) as Name[];
    return Object.fromEntries(
      names.map((name) => [name, written.get(name) ?? { text: request.texts[name], origin: { by: 'rules' } }]),
    ) as Record<Name, { text: string; origin: TextOrigin }>;
  }

  async function ask(request: WordingRequest, written: Map<string, { text: string; origin: TextOrigin }>) {
    const none: Asked = { attempts: 0, inputTokens: null, outputTokens: null, spent: NOTHING_SPENT };
    const failed = (reason: string, detail: string | null): [Ending, Asked] => [
      { outcome: 'failed', reason, detail },
      none,
    ];
    if (closing.signal.aborted || request.signal.aborted) return failed('stopped', null);
    const prompt = buildPrompt(request, randomBytes(16).toString('hex'));
    if (prompt === null) return failed('too_long', 'More text than is given to a model.');
    if (!breaker.mayAsk(clock())) return failed('paused', 'The model failed several times in a row and is left alone.');
    const most = mostSpent(prompt);
    const day = options.dayOf(clock());
    const limits = { tokens: policy.dailyTokens, costMicros: policy.dailyCostMicros };
    let reserved = false;
    try {
      reserved = await log.reserve(day, most, limits);
    } finally {
      if (!reserved) breaker.passed();
    }
    if (!reserved) {
      return [{ outcome: 'over_budget', reason: 'over_budget', detail: 'The budget of the day is spent.' }, none] as [
        Ending,
        Asked,
      ];
    }
    const { answer, asked } = await tryUntilDone(prompt, request, most);
    return [judge(answer, request, written), { ...asked, reserved: { day, ...most } }] as [Ending, Asked];
  }

  /** One try after another for as long as another one may help and there is time. */
  async function tryUntilDone(
    prompt: Prompt,
    request: WordingRequest,
    most: ModelSpend,
  ): Promise<{ answer: ModelAnswer; asked: Asked }> {
    const deadline = performance.now() + policy.timeoutMs;
    const timeout = AbortSignal.timeout(policy.timeoutMs);
    const signal = AbortSignal.any([request.signal, timeout, closing.signal]);
    const asked: Asked = { attempts: 0, inputTokens: null, outputTokens: null, spent: NOTHING_SPENT };
    for (;;) {
      asked.attempts += 1;
      const answer = await untilAborted(model.generate({ ...prompt, signal }), signal);
      count(asked, answer, most);
      if (answer.outcome === 'texts') {
        breaker.succeeded();
        return { answer, asked };
      }
      if (answer.failure !== 'unavailable' || asked.attempts >= MOST_ATTEMPTS || signal.aborted) {
        tellBreaker(answer.failure, request.signal);
        return { answer, asked };
      }
      const backoff = BACKOFF_MS * 2 ** (asked.attempts - 1) * (0.5 + random() / 2);
      const wait = Math.max(backoff, (answer.retryAfterSeconds ?? 0) * 1_000);
      if (performance.now() + wait >= deadline || !(await pause(wait, signal))) {
        tellBreaker(answer.failure, request.signal);
        return { answer, asked };
      }
    }
  }

  /** A caller who went away, a desk that stops and a text that a filter did not like say nothing of the model. */
  function tellBreaker(failure: string, caller: AbortSignal): void {
    const gaveUp = caller.aborted && (caller.reason as { name?: unknown } | undefined)?.name !== 'TimeoutError';
    if (closing.signal.aborted || gaveUp || failure === 'filtered') breaker.passed();
    else breaker.failed(clock());
  }

  function judge(
    answer: ModelAnswer,
    { texts, facts }: WordingRequest,
    written: Map<string, { text: string; origin: TextOrigin }>,
  ): Ending {
    if (answer.outcome === 'failed') return { outcome: 'failed', reason: answer.failure, detail: answer.message };
    let refusal: Ending | null = null;
    for (const [name, base] of Object.entries(texts)) {
      const text = (Object.hasOwn(answer.texts, name) ? (answer.texts[name] ?? '') : '').trim();
      const grounding = checkGrounding(text, { base, facts });
      if (!grounding.ok) {
        refusal ??= { outcome: 'refused', reason: grounding.reason, detail: grounding.detail };
        continue;
      }
      written.set(name, { text, origin: { by: 'model', model: model.model, promptVersion: PROMPT_VERSION } });
    }
    return refusal ?? { outcome: 'used', reason: null, detail: null };
  }

  function mostSpent(prompt: Prompt): ModelSpend {
    // No tokeniser makes more tokens than there are bytes.
    const input = Buffer.byteLength(prompt.system) + Buffer.byteLength(prompt.prompt) + TEMPLATE_TOKENS;
    return spendOf(input, policy.maxOutputTokens);
  }

  function spendOf(input: number, output: number): ModelSpend {
    const { prices } = policy;
    // A price for a million tokens is that many millionths for one.
    const costMicros = prices === null ? 0 : Math.ceil(input * prices.input + output * prices.output);
    return { tokens: input + output, costMicros };
  }

  /** What a try cost. An answer that never came, or does not say, is taken to have cost the most that it can. */
  function count(asked: Asked, answer: ModelAnswer, most: ModelSpend): void {
    const { inputTokens, outputTokens } = answer;
    if (inputTokens === null || outputTokens === null) {
      const free = answer.outcome === 'failed' && ['unavailable', 'key_refused', 'rejected'].includes(answer.failure);
      if (!free) asked.spent = add(asked.spent, most);
      return;
    }
    asked.inputTokens = (asked.inputTokens ?? 0) + inputTokens;
    asked.outputTokens = (asked.outputTokens ?? 0) + outputTokens;
    asked.spent = add(asked.spent, spendOf(inputTokens, outputTokens));
  }

  async function write(request: WordingRequest, ending: Ending, asked: Asked, latencyMs: number): Promise<void> {
    const { attempts, inputTokens, outputTokens } = asked;
    const known = inputTokens !== null && outputTokens !== null;
    const at = clock();
    const call: ModelCallRecord = {
      at,
      day: options.dayOf(at),
      purpose: request.purpose,
      ...options.taskOf(request.purpose),
      accountId: request.accountId,
      provider: model.provider,
      model: model.model,
      promptVersion: PROMPT_VERSION,
      ...{ attempts, inputTokens, outputTokens, latencyMs },
      costMicros: known && policy.prices ? spendOf(inputTokens, outputTokens).costMicros : null,
      currency: policy.prices?.currency ?? null,
      ...ending,
      detail: ending.detail?.replace(/\p{Cc}+/gu, ' ').slice(0, 300) ?? null,
    };
    options.onCall(call);
    if (ending.outcome !== 'used') {
      const { purpose, outcome, reason, detail, accountId } = call;
      logger.warn({ purpose, outcome, reason, detail, accountId }, 'A text stays as the rules wrote it');
    }
    try {
      const { day, ...reserved } = asked.reserved ?? { day: call.day, ...NOTHING_SPENT };
      await log.record(call, { day, reserved, spent: asked.spent });
    } catch (error) {
      logger.warn({ err: error }, 'A call to the language model could not be written down');
    }
  }

  return {
    reword,
    /** Whoever waits gets the text of the rules. */
    close: () => closing.abort(),
  };
}

type Prompt = NonNullable<ReturnType<typeof buildPrompt>>;

interface Asked {
  attempts: number;
  inputTokens: number | null;
  outputTokens: number | null;
  spent: ModelSpend;
  /** What was set aside for it in the budget of a day. */
  reserved?: ModelSpend & { day: string };
}

function add(one: ModelSpend, other: ModelSpend): ModelSpend {
  return { tokens: one.tokens + other.tokens, costMicros: one.costMicros + other.costMicros };
}

/** A model that does not heed its signal holds nobody up; one that throws against its promise has failed. */
async function untilAborted(work: Promise<ModelAnswer>, signal: AbortSignal): Promise<ModelAnswer> {
  let onAbort = () => {};
  const late = new Promise<ModelAnswer>((resolve) => {
    onAbort = () => resolve(failure('timeout', 'The model did not answer in time.'));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work.catch((error: unknown) => failure('malformed', publicMessage(error))), late]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function failure(kind: 'timeout' | 'malformed', message: string): ModelAnswer {
  return {
    outcome: 'failed',
    failure: kind,
    message,
    retryAfterSeconds: null,
    inputTokens: null,
    outputTokens: null,
  };
}

/** False where the signal came first. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const end = (waited: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(waited);
    };
    const onAbort = () => end(false);
    const timer = setTimeout(() => end(true), ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
