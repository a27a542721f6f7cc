import { createGmailDrafts, type GmailDraftsOptions } from '../../lib/adapters/mail/gmail';
import type { HttpCall } from '../../lib/adapters/mail/gmail-http';
import { createRefreshTokenSource, type RefreshTokenOptions } from '../../lib/adapters/mail/gmail-tokens';
import { createOutgoing } from '../../lib/outgoing';
import type { MailDrafts } from '../../lib/ports';
import { GMAIL_SCOPES } from './gmail-oauth';
import type { GmailServer } from './gmail-server';

export const DANA = 'dana@headroom.example';

/** Requests as the desk makes them, to this machine. */
export const localHttp: HttpCall = createOutgoing({
  allowedRanges: ['127.0.0.0/8'],
  timeoutMs: 10_000,
  maxBytes: 16 * 1024 * 1024,
});

/** Access to Dana's mailbox by her consent. */
export async function danasToken(
  server: Pick<GmailServer, 'grant' | 'endpoints' | 'clientId' | 'clientSecret'>,
  more: Partial<RefreshTokenOptions> & { scopes?: string[] } = {},
) {
  const { scopes = [GMAIL_SCOPES.compose], ...options } = more;
  return createRefreshTokenSource({
    http: localHttp,
    clock: () => new Date(),
    tokenUrl: server.endpoints.token,
    clientId: server.clientId,
    clientSecret: server.clientSecret,
    refreshToken: await server.grant(DANA, scopes),
    ...options,
  });
}

/** Dana's Gmail drafts on the test server. */
export async function danasDrafts(server: GmailServer, more: Partial<GmailDraftsOptions> = {}): Promise<MailDrafts> {
  return createGmailDrafts({
    address: DANA,
    displayName: 'Dana Okafor',
    token: more.token ?? (await danasToken(server)),
    http: localHttp,
    endpoints: { api: server.endpoints.api },
    clock: () => new Date(),
    random: () => 0,
    ...more,
  });
}
