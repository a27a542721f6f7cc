import * as z from 'zod';
import type { LanguageModelConfig } from '../config';
import type { WordingPolicy } from './text-writer';

export const PROVIDERS = ['openai', 'azure', 'anthropic', 'google', 'ollama', 'compatible'] as const;
export type ModelProvider = (typeof PROVIDERS)[number];

/** A language model as it can be connected. */
export interface ModelSettings {
  provider: ModelProvider;
  /** Without a slash at its end. */
  url: string;
  name: string;
  apiKey: string | null;
  answerFormat: 'schema' | 'json' | 'text';
  dispatchWaitMs: number;
  policy: WordingPolicy;
}

const DEFAULT_URLS: Partial<Record<ModelProvider, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
  ollama: 'http://127.0.0.1:11434/v1',
};
/** What cannot be reached without one. */
const NEED_KEY: readonly ModelProvider[] = ['openai', 'azure', 'anthropic', 'google'];

const whole = (minimum: number, maximum: number) =>
  z.coerce.number(`must be a whole number from ${minimum} to ${maximum}`).int().min(minimum).max(maximum);
const amount = z.coerce.number('must be an amount such as 2.50').min(0).max(1_000_000);

const schema = z.object({
  provider: z.enum(PROVIDERS, `must be one of ${PROVIDERS.join(', ')}`),
  url: z
    .string()
    .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i, 'must be an address such as https://llm.example.com/v1')
    .refine((text) => URL.canParse(text), 'must be an address such as https://llm.example.com/v1')
    .nullable(),
  name: z
    .string('is required: the name of the model')
    .regex(/^[\w.:/@+-]{1,120}$/, 'must be the name of a model, such as llama3.1:8b'),
  apiKey: z
    .string()
    .regex(/^[\u0021-\u007e]{1,500}$/, 'must be one word without spaces')
    .nullable(),
  answerFormat: z.enum(['schema', 'json', 'text'], 'must be schema, json or text'),
  timeoutMs: whole(500, 120_000),
  dispatchWaitMs: whole(100, 15_000),
  maxOutputTokens: whole(100, 32_000),
  dailyTokens: whole(0, 1e12),
  dailyCost: amount.nullable(),
  inputPrice: amount.nullable(),
  outputPrice: amount.nullable(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency such as USD'),
});

const VARIABLES: Record<keyof LanguageModelConfig, string> = {
  provider: 'HEADROOM_MODEL_PROVIDER',
  url: 'HEADROOM_MODEL_URL',
  name: 'HEADROOM_MODEL_NAME',
  apiKey: 'HEADROOM_MODEL_API_KEY',
  answerFormat: 'HEADROOM_MODEL_ANSWER_FORMAT',
  timeoutMs: 'HEADROOM_MODEL_TIMEOUT_MS',
  dispatchWaitMs: 'HEADROOM_MODEL_DISPATCH_WAIT_MS',
  maxOutputTokens: 'HEADROOM_MODEL_MAX_OUTPUT_TOKENS',
  dailyTokens: 'HEADROOM_MODEL_DAILY_TOKENS',
  dailyCost: 'HEADROOM_MODEL_DAILY_COST',
  inputPrice: 'HEADROOM_MODEL_INPUT_PRICE',
  outputPrice: 'HEADROOM_MODEL_OUTPUT_PRICE',
  currency: 'HEADROOM_MODEL_CURRENCY',
};

/** What the environment says of the model; or what is wrong with it, by the name of the variable and without its value. */
export function readModelSettings(
  config: LanguageModelConfig,
): { settings: ModelSettings; problem: null } | { settings: null; problem: string } {
  const parsed = schema.safeParse(config);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(
      ({ path, message }) => `${VARIABLES[path[0] as keyof LanguageModelConfig]} ${message}`,
    );
    return { settings: null, problem: `${issues.join('; ')}.` };
  }
  const values = parsed.data;
  const wrong = (variable: keyof LanguageModelConfig, what: string) => ({
    settings: null,
    problem: `${VARIABLES[variable]} ${what}.`,
  });
  const url = values.url ?? DEFAULT_URLS[values.provider];
  if (url === undefined) return wrong('url', `is required with the provider ${values.provider}`);
  if (values.apiKey === null && NEED_KEY.includes(values.provider)) {
    return wrong('apiKey', `is required with the provider ${values.provider}`);
  }
  if ((values.inputPrice === null) !== (values.outputPrice === null)) {
    return wrong('outputPrice', 'belongs together with HEADROOM_MODEL_INPUT_PRICE: set both, or neither');
  }
  if (values.dailyCost !== null && values.inputPrice === null) {
    return wrong('dailyCost', 'needs HEADROOM_MODEL_INPUT_PRICE and HEADROOM_MODEL_OUTPUT_PRICE');
  }
  return {
    problem: null,
    settings: {
      provider: values.provider,
      url: url.replace(/\/+$/, ''),
      name: values.name,
      apiKey: values.apiKey,
      answerFormat: values.answerFormat,
      dispatchWaitMs: values.dispatchWaitMs,
      policy: {
        timeoutMs: values.timeoutMs,
        maxOutputTokens: values.maxOutputTokens,
        dailyTokens: values.dailyTokens === 0 ? null : values.dailyTokens,
        dailyCostMicros: values.dailyCost === null ? null : Math.round(values.dailyCost * 1e6),
        prices:
          values.inputPrice === null || values.outputPrice === null
            ? null
            : { input: values.inputPrice, output: values.outputPrice, currency: values.currency },
      },
    },
  };
}
