import { AppError, isAppError } from '../../errors';

/** How far a call had come. From `append` on the server may hold the draft, whatever we hear of it. */
export type ImapPhase = 'connect' | 'read' | 'append';

/** What went wrong, taken out of the client's error. */
export interface ImapFailure {
  phase: ImapPhase;
  /** The server's own «no»; null where it did not say so: a broken connection, a time-out. */
  status: 'NO' | 'BAD' | null;
  /** Response code of the server (RFC 3501, 5530, 7889, 9208), or the code of Node.js or the client. */
  code: string | null;
  /** What the server said in words. */
  text: string | null;
  /** The login was refused, or cannot even be tried. */
  login: boolean;
  /** How long the server asks us to stay away, in milliseconds. */
  waitMs: number | null;
}

export interface ImapVerdict {
  code: 'mail_reconnect' | 'mail_unavailable' | 'mail_rejected' | 'outcome_unknown';
  message: string;
  remedy: string;
  retryAfterSeconds?: number;
}

export interface ImapPlace {
  host: string;
  port: number;
  user: string;
}

/** Refused, but for a reason that passes: the password was not judged. RFC 5530. */
const PASSING = new Set(['UNAVAILABLE', 'LIMIT', 'INUSE', 'SERVERBUG', 'ETHROTTLE', 'CONTACTADMIN']);
const TOO_LARGE = new Set(['TOOBIG', 'APPENDLIMIT']);
const NO_PERMISSION = new Set(['NOPERM', 'READ-ONLY', 'AUTHORIZATIONFAILED', 'CANNOT', 'PRIVACYREQUIRED']);
const NO_FOLDER = new Set(['TRYCREATE', 'NONEXISTENT']);
const NO_NAME = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA']);
const NOT_TLS = /^(EPROTO|ERR_SSL_|ERR_TLS_(?!CERT))/;
const CERTIFICATE =
  /^(CERT_|ERR_TLS_CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|CRL_|PATH_LENGTH)/;

/** Sorts a failure into what the dispatch does about it, with words for the person who must act. */
export function judgeImapFailure(failure: ImapFailure, place: ImapPlace): ImapVerdict {
  const { phase, status, code, login } = failure;
  const server = `${place.host}:${place.port}`;
  const said = failure.text === null ? '' : ` It said: «${failure.text}».`;
  const wait = failure.waitMs === null ? {} : { retryAfterSeconds: Math.ceil(failure.waitMs / 1000) };
  const unavailable = (message: string, remedy: string): ImapVerdict => ({
    code: 'mail_unavailable',
    message,
    remedy,
    ...wait,
  });

  if (status === null && phase === 'append' && !TOO_LARGE.has(code ?? '')) {
    return {
      code: 'outcome_unknown',
      message: `The connection to ${server} was lost while the draft was being stored.`,
      remedy: 'Nothing to do: the desk looks in the drafts whether it arrived, and tries again only where it did not.',
    };
  }
  if (code !== null && PASSING.has(code)) {
    return unavailable(
      `The mail server ${server} cannot serve ${place.user} just now.${said}`,
      'The desk tries again by itself. If it lasts, ask whoever runs the mail server.',
    );
  }
  if (login) {
    return {
      code: 'mail_reconnect',
      message: `The mail server ${server} does not let ${place.user} log in.${said}`,
      remedy:
        'Enter the user name and password anew in Settings → Mail. With two-factor sign-in most providers want an app password.',
    };
  }
  if (phase === 'connect') return unavailable(...whyNotConnected(failure, server, said));
  if (code === 'OVERQUOTA') {
    return rejected(`The mailbox of ${place.user} is full.${said}`, `${place.user} must make room, then press Retry.`);
  }
  if (code !== null && TOO_LARGE.has(code)) {
    return rejected(
      `The mail server ${server} does not take a message of this size.${said}`,
      'Shorten the talk track, or have the limit raised, then press Retry.',
    );
  }
  if (code !== null && NO_PERMISSION.has(code)) {
    return rejected(
      `${place.user} may not store messages in this folder.${said}`,
      'Give the account the right to add messages to its drafts folder, or name another folder in Settings → Mail.',
    );
  }
  if (code !== null && NO_FOLDER.has(code)) {
    return rejected(
      `The drafts folder of ${place.user} is not there any more.${said}`,
      'Create it again, or name another folder in Settings → Mail, then press Retry.',
    );
  }
  if (status === 'BAD') {
    return rejected(
      `The mail server ${server} does not accept what the desk asks of it.${said}`,
      'Ask whoever runs the mail server; it is no time-out and will not pass by itself.',
    );
  }
  return unavailable(
    status === null ? `The connection to ${server} was lost.` : `The mail server ${server} refused.${said}`,
    'Nothing was stored. The desk tries again by itself.',
  );
}

function rejected(message: string, remedy: string): ImapVerdict {
  return { code: 'mail_rejected', message, remedy };
}

function whyNotConnected({ code, status }: ImapFailure, server: string, said: string): [string, string] {
  const name = code ?? '';
  const check = 'Check host and port in Settings → Mail, and that the mail server runs.';
  if (name === 'ECONNREFUSED') return [`The mail server ${server} refuses connections.`, check];
  if (NO_NAME.has(name)) return [`The name of the mail server ${server} is not known.`, check];
  if (CERTIFICATE.test(name)) {
    return [
      `The certificate of the mail server ${server} is not trusted (${name}).`,
      'Have the certificate put right, or give the certificate authority that signed it. The desk does not connect unchecked.',
    ];
  }
  if (NOT_TLS.test(name)) {
    return [
      `The mail server ${server} does not speak TLS on this port.`,
      'TLS from the start is usually on port 993, STARTTLS on 143.',
    ];
  }
  if (name.startsWith('STARTTLS') || name === 'UPGRADE_TIMEOUT') {
    return [
      `The mail server ${server} did not change over to TLS (STARTTLS), and without it no password is sent.`,
      'Choose TLS on port 993, or have STARTTLS turned on.',
    ];
  }
  if (/TIMEOUT|ETIMEDOUT|UNREACH/.test(name)) return [`The mail server ${server} does not answer.`, check];
  if (status !== null || said !== '') {
    return [`The mail server ${server} turned the connection away.${said}`, 'The desk tries again by itself.'];
  }
  return [`The connection to the mail server ${server} broke off.`, 'The desk tries again by itself.'];
}

/**
 * The client's error as ours. What the server said is kept in words alone: the client's own error holds the command that
 * failed. A server that repeats the password does not get it into a log.
 */
export function imapError(error: unknown, phase: ImapPhase, place: ImapPlace, password: string): AppError {
  if (isAppError(error) && error.code.startsWith('mail_')) return error;
  const failure = failureOf(error, phase, (text) => cleanText(text, password));
  // A refusal of our own, such as an address that the desk may not call.
  if (isAppError(error)) {
    return new AppError('mail_unavailable', error.message, {
      retryable: true,
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    });
  }
  const { code, message, ...more } = judgeImapFailure(failure, place);
  const cause = new Error(failure.text ?? cleanText(error instanceof Error ? error.message : String(error), password));
  return new AppError(code, message, {
    ...more,
    retryable: code === 'mail_unavailable',
    cause: Object.assign(cause, { code: failure.code }),
  });
}

/** Whether the server itself said no to a command; anything else is a broken connection or our own mistake. */
export function isAnswer(error: unknown): error is { responseStatus: 'NO' | 'BAD' } {
  const { responseStatus } = (error ?? {}) as { responseStatus?: unknown };
  return responseStatus === 'NO' || responseStatus === 'BAD';
}

function failureOf(error: unknown, phase: ImapPhase, clean: (text: string) => string): ImapFailure {
  const given = (error ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? clean(value) : null);
  const status = isAnswer(given) ? given.responseStatus : null;
  const code = [given.serverResponseCode, given.code].find((each) => typeof each === 'string') as string | undefined;
  const wait = given.throttleReset;
  return {
    phase,
    status,
    code: given.code === 'ETHROTTLE' ? given.code : (code ?? (given.tlsFailed === true ? 'STARTTLS' : null)),
    text: text(given.responseText) ?? text(given.reason),
    // BAD to a login judges the command, not the password.
    login: given.authenticationFailed === true && status !== 'BAD',
    waitMs: typeof wait === 'number' && wait > 0 ? wait : null,
  };
}

const LONGEST_TEXT = 300;

function cleanText(text: string, password: string): string {
  const hidden = password === '' ? text : text.replaceAll(password, '…');
  return hidden
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_TEXT)
    .replace(/\.$/, '');
}
