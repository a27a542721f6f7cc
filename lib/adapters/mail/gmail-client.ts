import type { gmail_v1 } from 'googleapis/build/src/apis/gmail/v1.js';
import { AppError } from '../../errors';
import { checkGmailRequest, type GmailGuardOptions } from './gmail-guard';
import { addressRefused, type HttpCall } from './gmail-http';
import type { GmailQuota } from './gmail-quota';
import type { TokenSource } from './gmail-tokens';

export interface GmailClientOptions extends GmailGuardOptions {
  token: TokenSource;
  http: HttpCall;
  quota: GmailQuota;
}

/**
 * Google's own client with one way out: every request it makes passes {@link checkGmailRequest}. It sees no token, makes
 * each request once, and hands over answers of any status.
 */
export async function createGmailClient(options: GmailClientOptions): Promise<gmail_v1.Gmail> {
  // The whole of googleapis takes seconds to load.
  const { gmail_v1 } = await import('googleapis/build/src/apis/gmail/v1.js');
  return new gmail_v1.Gmail({
    rootUrl: options.api,
    universeDomain: 'googleapis.com',
    retry: false,
    responseType: 'json',
    validateStatus: () => true,
    fetchImplementation: createGuardedFetch(options),
  });
}

/** `fetch` for drafts alone. The token is added below the guard, so that no error of the client can carry it. */
export function createGuardedFetch({ api, token, http, quota }: GmailClientOptions): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const { method = 'GET', body } = init;
    const operation = checkGmailRequest(method, url, new Headers(init.headers), { api });
    if (body !== undefined && body !== null && typeof body !== 'string') {
      throw new AppError('forbidden', 'The desk calls Gmail with JSON and nothing else.');
    }
    quota.take(operation);
    const signal = init.signal ?? new AbortController().signal;

    const call = (accessToken: string) =>
      http(url, {
        method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${accessToken}`,
          'user-agent': 'headroom',
          ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
        },
        ...(typeof body === 'string' ? { body } : {}),
        signal,
      }).catch(addressRefused);

    const first = await token.accessToken(signal);
    const answer = await call(first);
    if (answer.status !== 401) return answer;
    // A token may end before its time. Nothing came of the request, so making it again is safe.
    token.discard(first);
    quota.take(operation);
    return call(await token.accessToken(signal));
  };
}
