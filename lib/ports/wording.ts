/** Language models, and texts that one may reword. */

/** What made a text: the rules alone, or a language model that reworded what they had made. */
export type TextOrigin = { by: 'rules' } | { by: 'model'; model: string; promptVersion: string };

/** One request to a language model: texts by name go in as part of the prompt, texts by the same names come back. */
export interface ModelRequest {
  system: string;
  prompt: string;
  /** The fields of the answer; nothing else is read from it. */
  names: readonly string[];
  signal: AbortSignal;
}

/** Why a model gave no texts. `unavailable`: now, another try may succeed. `rejected`: not like this, not at all. */
export type ModelFailure =
  | 'unavailable'
  | 'timeout'
  | 'key_refused'
  | 'rejected'
  | 'filtered'
  | 'truncated'
  | 'malformed';

export type ModelAnswer = {
  /** Null where the provider did not say. */
  inputTokens: number | null;
  outputTokens: number | null;
} & (
  | { outcome: 'texts'; texts: Record<string, string> }
  | { outcome: 'failed'; failure: ModelFailure; message: string; retryAfterSeconds: number | null }
);

/**
 * A language model somewhere. It is asked for texts and can do nothing else: no tools, no files, no conversation. Makes
 * one request, never two. Never throws: what went wrong is the answer, since tokens may have been spent all the same.
 */
export interface LanguageModel {
  /** `openai`, `anthropic`, … as configured. */
  readonly provider: string;
  readonly model: string;
  generate(request: ModelRequest): Promise<ModelAnswer>;
}

/** Tokens, and money in millionths of the configured currency. */
export interface ModelSpend {
  tokens: number;
  costMicros: number;
}

/** A wish to have texts reworded, and what became of it. */
export interface ModelCallRecord {
  at: Date;
  /** Calendar date where the desk is. */
  day: string;
  purpose: WordingRequest['purpose'];
  /** Type of the task that it was for. */
  capability: string;
  runId: string | null;
  accountId: string | null;
  provider: string;
  model: string;
  promptVersion: string;
  /** Requests that it took. */
  attempts: number;
  inputTokens: number | null;
  outputTokens: number | null;
  /** Null where the price or the tokens are unknown. */
  costMicros: number | null;
  currency: string | null;
  latencyMs: number;
  /** `refused`: the model wrote what the facts do not say. */
  outcome: 'used' | 'refused' | 'failed' | 'over_budget';
  /** The failure, or what the check found. */
  reason: string | null;
  detail: string | null;
}

/** What language models did and cost, and the budget of a day, which all instances share. */
export interface ModelLog {
  /**
   * Sets aside what a call may cost at most. False where that is more than is left of the day's limits; null is no limit.
   * A process that dies in between leaves it set aside: a budget is never overspent.
   */
  reserve(
    day: string,
    most: ModelSpend,
    limits: { tokens: number | null; costMicros: number | null },
  ): Promise<boolean>;
  /** Writes the call down, and puts back into the budget of that day what was set aside and not spent. */
  record(call: ModelCallRecord, budget: { day: string; reserved: ModelSpend; spent: ModelSpend }): Promise<void>;
}

export interface WordingRequest<Name extends string = string> {
  /** What it is for: counted, shown and budgeted by it. */
  purpose: 'talk_track' | 'churn_alert' | 'qbr';
  accountId: string | null;
  /**
   * All that the texts may say: every number, name and date in them is one of these. Plain text, untrusted. The value of
   * a fact labelled `Account` is a name: figures in it count for nothing.
   */
  facts: readonly { label: string; value: string }[];
  /** The deterministic texts by name: good on their own, and what stands where no model is connected or one fails. */
  texts: Readonly<Record<Name, string>>;
  now: Date;
  signal: AbortSignal;
}

/**
 * Rewords texts. Never throws and never waits longer than its time-out: where no model is connected, the budget is spent,
 * it fails, or says what the facts do not, a text comes back as it was, with the origin `rules`.
 */
export interface TextWriter {
  reword<Name extends string>(
    request: WordingRequest<Name>,
  ): Promise<Record<Name, { text: string; origin: TextOrigin }>>;
}
