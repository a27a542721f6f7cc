import * as z from 'zod';
import type { LanguageModel, ModelAnswer, ModelRequest } from '../../ports/wording';
import { failed, failureOf, MESSAGES, tokensOf } from './failures';
import { openProvider, type ProviderModel, type ProviderOptions } from './providers';

export interface SdkModelOptions extends ProviderOptions {
  maxOutputTokens: number;
  /** In the place of the provider's own. */
  open?: () => Promise<ProviderModel>;
}

/** A language model through the AI SDK. Nothing of the SDK is loaded before the first request. */
export function createSdkModel(options: SdkModelOptions): LanguageModel {
  const { provider, name, answerFormat, maxOutputTokens } = options;
  const open = options.open ?? (() => openProvider(options));
  let opened: Promise<[typeof import('ai'), ProviderModel]> | null = null;

  async function generate({ system, prompt, names, signal }: ModelRequest): Promise<ModelAnswer> {
    opened ??= Promise.all([import('ai'), open()]);
    const [{ generateText, Output }, model] = await opened;
    // What a model does not support is its own affair: the answer is checked whatever it supports.
    (globalThis as { AI_SDK_LOG_WARNINGS?: unknown }).AI_SDK_LOG_WARNINGS = false;
    const schema = z.strictObject(Object.fromEntries(names.map((field) => [field, z.string()])));
    const result = await generateText({
      model,
      system,
      prompt,
      maxOutputTokens,
      // The writer tries again by itself, within its time and budget.
      maxRetries: 0,
      abortSignal: signal,
      ...(answerFormat === 'text' ? {} : { output: Output.object({ schema, name: 'texts' }) }),
    });
    const tokens = tokensOf(result.totalUsage);
    if (result.finishReason === 'length') return { ...failed('truncated', MESSAGES.truncated), ...tokens };
    if (result.finishReason === 'content-filter') return { ...failed('filtered', MESSAGES.filtered), ...tokens };
    const parsed = schema.safeParse(answerFormat === 'text' ? readJson(result.text) : outputOf(result));
    if (!parsed.success) return { ...failed('malformed', MESSAGES.malformed), ...tokens };
    return { outcome: 'texts', texts: parsed.data, ...tokens };
  }

  return {
    provider,
    model: name,
    async generate(request) {
      try {
        return await generate(request);
      } catch (error) {
        return failureOf(error);
      }
    },
  };
}

/** The SDK throws where it has none, after the tokens were counted. */
function outputOf(result: { readonly output: unknown }): unknown {
  try {
    return result.output;
  } catch {
    return null;
  }
}

/** JSON as models write it that nobody holds to it: with or without a fence around. */
function readJson(text: string): unknown {
  const [, fenced] = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/.exec(text) ?? [];
  try {
    return JSON.parse(fenced ?? text);
  } catch {
    return null;
  }
}
