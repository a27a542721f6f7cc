import type { Config } from '../config';
import type { MailWay } from '../contracts';
import { isAppError } from '../errors';
import { readServiceAccount } from './open-mailbox';

/** The ways a draft can go, each with its state and what is to be done about it. */
export async function describeWays(config: Config, localProblem: string | null): Promise<MailWay[]> {
  return [consent(config), await delegation(config), imap(config), local(localProblem)];
}

/** What keeps the service account from working as far as the desk itself can tell; null where nothing does. */
export async function delegationProblem(config: Config): Promise<string | null> {
  if (config.mail.delegation === null) return null;
  try {
    await readServiceAccount(config);
    return null;
  } catch (error) {
    return isAppError(error) ? [error.message, error.remedy].join(' ') : 'The service account cannot be used.';
  }
}

function consent({ google }: Config): MailWay {
  if (google) {
    return {
      id: 'google_consent',
      state: 'ready',
      reason: 'Each rep connects their own Gmail once, at Google’s consent page.',
      remedy: null,
    };
  }
  return {
    id: 'google_consent',
    state: 'not_configured',
    reason: 'No Google client is configured.',
    remedy:
      'Make an OAuth client in Google’s console and set HEADROOM_GOOGLE_CLIENT_ID and HEADROOM_GOOGLE_CLIENT_SECRET.',
  };
}

async function delegation(config: Config): Promise<MailWay> {
  const { delegation } = config.mail;
  if (delegation === null) {
    return {
      id: 'google_delegation',
      state: 'not_configured',
      reason: 'No service account is configured.',
      remedy:
        'For a whole Google Workspace at once: set HEADROOM_GOOGLE_SERVICE_ACCOUNT_FILE and HEADROOM_GOOGLE_DELEGATED_DOMAINS.',
    };
  }
  const problem = await delegationProblem(config);
  if (problem !== null) return { id: 'google_delegation', state: 'degraded', reason: problem, remedy: null };
  return {
    id: 'google_delegation',
    state: 'ready',
    reason: `Reps of ${delegation.domains.join(', ')} get their drafts in their own Gmail without connecting it.`,
    remedy: null,
  };
}

function imap(config: Config): MailWay {
  const { imap: server } = config.mail;
  if (server?.account && server.domains.length > 0) {
    return {
      id: 'imap',
      state: 'ready',
      reason: `Reps of ${server.domains.join(', ')} get their drafts in their own mailbox at ${server.host}.`,
      remedy: null,
    };
  }
  const shared = server?.account ? ` Whoever has none gets theirs in the shared mailbox at ${server.host}.` : '';
  return {
    id: 'imap',
    state: 'ready',
    reason: `Anybody can connect a mailbox that speaks IMAP.${shared}`,
    remedy: null,
  };
}

function local(problem: string | null): MailWay {
  if (problem !== null) return { id: 'eml', state: 'degraded', reason: problem, remedy: null };
  const reason = 'Where no mailbox is connected, a draft is a file to open in a mail program.';
  return { id: 'eml', state: 'ready', reason, remedy: null };
}
