import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type ImapFailure, imapError, judgeImapFailure } from '../../../lib/adapters/mail/imap-failures';
import { AppError } from '../../../lib/errors';

const PLACE = { host: 'mail.example', port: 993, user: 'dana' };
const judge = (failure: Partial<ImapFailure>) =>
  judgeImapFailure(
    { phase: 'read', status: null, code: null, text: null, login: false, waitMs: null, ...failure },
    PLACE,
  );
const no = (phase: ImapFailure['phase'], code: string | null, more: Partial<ImapFailure> = {}) =>
  ({ phase, status: 'NO', code, ...more }) as const;
const login = (code: string | null) => no('connect', code, { login: true });

describe('a failure of IMAP', () => {
  it.each([
    // The login (RFC 5530).
    [login('AUTHENTICATIONFAILED'), 'mail_reconnect', /does not let dana log in/],
    [login('AUTHORIZATIONFAILED'), 'mail_reconnect', /log in/],
    [login('EXPIRED'), 'mail_reconnect', /log in/],
    [login('PRIVACYREQUIRED'), 'mail_reconnect', /log in/],
    [login('ALERT'), 'mail_reconnect', /log in/],
    [login(null), 'mail_reconnect', /log in/],
    [{ phase: 'connect', login: true }, 'mail_reconnect', /log in/],
    [login('UNAVAILABLE'), 'mail_unavailable', /cannot serve dana just now/],
    [login('LIMIT'), 'mail_unavailable', /just now/],
    [login('INUSE'), 'mail_unavailable', /just now/],
    [login('SERVERBUG'), 'mail_unavailable', /just now/],
    [login('CONTACTADMIN'), 'mail_unavailable', /just now/],
    [{ phase: 'connect', status: 'BAD' }, 'mail_unavailable', /turned the connection away/],
    // The way there.
    [{ phase: 'connect', code: 'ECONNREFUSED' }, 'mail_unavailable', /refuses connections/],
    [{ phase: 'connect', code: 'ENOTFOUND' }, 'mail_unavailable', /name .* is not known/],
    [{ phase: 'connect', code: 'EAI_AGAIN' }, 'mail_unavailable', /name .* is not known/],
    [{ phase: 'connect', code: 'ETIMEDOUT' }, 'mail_unavailable', /does not answer/],
    [{ phase: 'connect', code: 'EHOSTUNREACH' }, 'mail_unavailable', /does not answer/],
    [{ phase: 'connect', code: 'CONNECT_TIMEOUT' }, 'mail_unavailable', /does not answer/],
    [{ phase: 'connect', code: 'GREETING_TIMEOUT' }, 'mail_unavailable', /does not answer/],
    [{ phase: 'connect', code: 'CERT_HAS_EXPIRED' }, 'mail_unavailable', /certificate .* is not trusted/],
    [{ phase: 'connect', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'mail_unavailable', /certificate/],
    [{ phase: 'connect', code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'mail_unavailable', /certificate/],
    [{ phase: 'connect', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'mail_unavailable', /certificate/],
    [{ phase: 'connect', code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'mail_unavailable', /certificate/],
    [{ phase: 'connect', code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'mail_unavailable', /does not speak TLS/],
    [{ phase: 'connect', code: 'EPROTO' }, 'mail_unavailable', /does not speak TLS/],
    [{ phase: 'connect', code: 'STARTTLS' }, 'mail_unavailable', /STARTTLS/],
    [{ phase: 'connect', code: 'NoConnection', text: 'Too busy' }, 'mail_unavailable', /It said: «Too busy»/],
    [{ phase: 'connect', code: 'ECONNRESET' }, 'mail_unavailable', /broke off/],
    // Looking.
    [{ phase: 'read', code: 'NoConnection' }, 'mail_unavailable', /was lost/],
    [no('read', 'SERVERBUG'), 'mail_unavailable', /just now/],
    [no('read', null), 'mail_unavailable', /refused/],
    [no('read', 'NOPERM'), 'mail_rejected', /may not store/],
    [no('read', 'NONEXISTENT'), 'mail_rejected', /not there any more/],
    [{ phase: 'read', status: 'BAD' }, 'mail_rejected', /does not accept/],
    // Storing: what the server refused is not stored; what it did not say may be.
    [no('append', 'OVERQUOTA'), 'mail_rejected', /mailbox of dana is full/],
    [no('append', 'TRYCREATE'), 'mail_rejected', /not there any more/],
    [no('append', 'NOPERM'), 'mail_rejected', /may not store/],
    [no('append', 'READ-ONLY'), 'mail_rejected', /may not store/],
    [no('append', 'CANNOT'), 'mail_rejected', /may not store/],
    [no('append', 'TOOBIG'), 'mail_rejected', /message of this size/],
    [{ phase: 'append', code: 'APPENDLIMIT' }, 'mail_rejected', /message of this size/],
    [{ phase: 'append', status: 'BAD', text: 'Too long' }, 'mail_rejected', /does not accept .* «Too long»/],
    [no('append', 'LIMIT'), 'mail_unavailable', /just now/],
    [no('append', 'UNAVAILABLE'), 'mail_unavailable', /just now/],
    [no('append', 'INUSE'), 'mail_unavailable', /just now/],
    [no('append', 'SERVERBUG'), 'mail_unavailable', /just now/],
    [no('append', null), 'mail_unavailable', /refused/],
    [no('append', 'MADE-UP'), 'mail_unavailable', /refused/],
    [{ phase: 'append', status: 'BAD', code: 'ETHROTTLE', waitMs: 1_500 }, 'mail_unavailable', /just now/],
    [{ phase: 'append', code: 'NoConnection' }, 'outcome_unknown', /was lost while/],
    [{ phase: 'append', code: 'NoConnection', text: 'Shutting down' }, 'outcome_unknown', /was lost while/],
    [{ phase: 'append', code: 'ECONNRESET' }, 'outcome_unknown', /was lost while/],
    [{ phase: 'append', code: 'ETIMEDOUT' }, 'outcome_unknown', /was lost while/],
    [{ phase: 'append', code: 'LIMIT' }, 'outcome_unknown', /was lost while/],
    [{ phase: 'append' }, 'outcome_unknown', /was lost while/],
  ] satisfies [Partial<ImapFailure>, string, RegExp][])('%j is %s', (failure, code, words) => {
    const verdict = judge(failure);
    expect(verdict).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(verdict.remedy).toMatch(/^[A-Z].{20,}\.$|^dana must/);
  });

  it('passes on how long to stay away', () => {
    expect(judge(no('append', 'ETHROTTLE', { waitMs: 1_500 })).retryAfterSeconds).toBe(2);
    expect(judge(no('append', 'UNAVAILABLE'))).not.toHaveProperty('retryAfterSeconds');
  });
});

describe('the error of an IMAP client', () => {
  const password = 'hunter2';
  const clients = (more: object) => Object.assign(new Error('Command failed'), more);

  it('becomes ours, with what the server said and not what we said', () => {
    const error = imapError(
      clients({
        responseStatus: 'NO',
        serverResponseCode: 'AUTHENTICATIONFAILED',
        responseText: `Wrong:\u0000 ${password}\u202e\r\n${'x'.repeat(1_000)}`,
        executedCommand: `A1 LOGIN dana ${password}`,
        authenticationFailed: true,
      }),
      'connect',
      PLACE,
      password,
    );
    expect(error).toMatchObject({ code: 'mail_reconnect', retryable: false });
    expect(error.message).toContain('«Wrong: … x');
    expect(error.message.length).toBeLessThan(500);
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/hunter2|LOGIN/);
  });

  it('is no refused password when the server did not understand the login, or went away', () => {
    const bad = clients({ responseStatus: 'BAD', authenticationFailed: true });
    const gone = clients({ code: 'NoConnection', reason: 'Bye' });
    for (const each of [bad, gone]) {
      expect(imapError(each, 'connect', PLACE, password)).toMatchObject({ code: 'mail_unavailable', retryable: true });
    }
  });

  it('stays what it is where it is ours already; a refused address is a mailbox that cannot be reached', () => {
    const ours = new AppError('mail_rejected', 'Not an address.');
    expect(imapError(ours, 'append', PLACE, password)).toBe(ours);
    const forbidden = new AppError('forbidden', '10.0.0.1 may not be called.', { remedy: 'Allow it.' });
    expect(imapError(forbidden, 'connect', PLACE, password)).toMatchObject({
      code: 'mail_unavailable',
      message: '10.0.0.1 may not be called.',
      remedy: 'Allow it.',
    });
  });

  it.each([null, undefined, 'text', 7, {}])('may be anything, %j', (thrown) => {
    expect(imapError(thrown, 'append', PLACE, password).code).toBe('outcome_unknown');
    expect(imapError(thrown, 'read', PLACE, '').code).toBe('mail_unavailable');
  });
});
