import type { LanguageModel as SdkModel } from 'ai';

export interface ProviderOptions {
  provider: 'openai' | 'azure' | 'anthropic' | 'google' | 'ollama' | 'compatible';
  url: string;
  name: string;
  apiKey: string | null;
  answerFormat: 'schema' | 'json' | 'text';
  /** Every request goes through it. */
  fetch: typeof fetch;
}

/** A model of the AI SDK, as it may be asked. */
export type ProviderModel = Exclude<SdkModel, string>;

/** Loads the SDK of the provider, and that one alone. */
export async function openProvider({
  provider,
  url,
  name,
  apiKey,
  answerFormat,
  fetch,
}: ProviderOptions): Promise<ProviderModel> {
  if (provider === 'anthropic') {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    return createAnthropic({ baseURL: url, apiKey: apiKey ?? '', fetch })(name);
  }
  if (provider === 'google') {
    const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
    return createGoogleGenerativeAI({ baseURL: url, apiKey: apiKey ?? '', fetch })(name);
  }
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const isOpenAi = provider === 'openai' || provider === 'azure';
  return createOpenAICompatible({
    name: provider,
    baseURL: url,
    fetch,
    supportsStructuredOutputs: answerFormat === 'schema',
    // Azure takes a resource's key in a header of its own.
    ...(apiKey === null ? {} : provider === 'azure' ? { headers: { 'api-key': apiKey } } : { apiKey }),
    ...(isOpenAi ? { transformRequestBody: withCompletionTokens } : {}),
  }).chatModel(name);
}

/** OpenAI's newer models refuse the older name of the limit. */
function withCompletionTokens({ max_tokens, ...body }: Record<string, unknown>): Record<string, unknown> {
  return max_tokens === undefined ? body : { ...body, max_completion_tokens: max_tokens };
}
