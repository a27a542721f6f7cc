import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type GmailAnswer, sortGmailAnswer, sortGmailFailure } from '../../../lib/adapters/mail/gmail-errors';
import { retryAfterSeconds } from '../../../lib/adapters/mail/gmail-http';
import { AppError, type ErrorCode } from '../../../lib/errors';
import { NOW } from '../../helpers/clock';

const older = (status: number, reason: string, message = 'Words of Google') => ({
  status,
  retryAfter: null,
  body: { error: { code: status, message, errors: [{ domain: 'global', reason, message }] } },
});
const newer = (status: number, name: string, reason?: string) => ({
  status,
  retryAfter: null,
  body: {
    error: {
      code: status,
      message: 'Words of Google',
      status: name,
      details: reason ? [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }] : [],
    },
  },
});
const bare = (status: number, retryAfter: string | null = null, body: unknown = '') => ({ status, retryAfter, body });

/** Answer; what it means where a draft was to be created; what it means where one was read. */
const ANSWERS: [string, GmailAnswer, ErrorCode, ErrorCode][] = [
  ['429', bare(429, '7'), 'mail_unavailable', 'mail_unavailable'],
  ['403 userRateLimitExceeded', older(403, 'userRateLimitExceeded'), 'mail_unavailable', 'mail_unavailable'],
  ['403 rateLimitExceeded', older(403, 'rateLimitExceeded'), 'mail_unavailable', 'mail_unavailable'],
  ['403 quotaExceeded', older(403, 'quotaExceeded'), 'mail_unavailable', 'mail_unavailable'],
  ['403 RATE_LIMIT_EXCEEDED', newer(403, 'X', 'RATE_LIMIT_EXCEEDED'), 'mail_unavailable', 'mail_unavailable'],
  ['403 dailyLimitExceeded', older(403, 'dailyLimitExceeded'), 'mail_unavailable', 'mail_unavailable'],
  ['401', older(401, 'authError'), 'mail_reconnect', 'mail_reconnect'],
  ['401 without a word', bare(401), 'mail_reconnect', 'mail_reconnect'],
  ['403 insufficientPermissions', older(403, 'insufficientPermissions'), 'mail_reconnect', 'mail_reconnect'],
  [
    '403 ACCESS_TOKEN_SCOPE_INSUFFICIENT',
    newer(403, 'PERMISSION_DENIED', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'),
    'mail_reconnect',
    'mail_reconnect',
  ],
  ['403 domainPolicy', older(403, 'domainPolicy'), 'mail_rejected', 'mail_rejected'],
  ['403 accessNotConfigured', older(403, 'accessNotConfigured'), 'mail_rejected', 'mail_rejected'],
  ['403 SERVICE_DISABLED', newer(403, 'PERMISSION_DENIED', 'SERVICE_DISABLED'), 'mail_rejected', 'mail_rejected'],
  ['403 forbidden', older(403, 'forbidden'), 'mail_rejected', 'mail_rejected'],
  ['403 of something on the way', bare(403, null, '<html>'), 'mail_rejected', 'mail_rejected'],
  ['400 failedPrecondition', older(400, 'failedPrecondition'), 'mail_rejected', 'mail_rejected'],
  ['400 Invalid To header', older(400, 'invalidArgument', 'Invalid To header'), 'mail_rejected', 'mail_rejected'],
  ['400', older(400, 'badRequest'), 'mail_rejected', 'mail_rejected'],
  ['404', older(404, 'notFound'), 'mail_rejected', 'mail_rejected'],
  ['413', bare(413), 'mail_rejected', 'mail_rejected'],
  ['408', bare(408), 'outcome_unknown', 'mail_unavailable'],
  ['500', older(500, 'backendError'), 'outcome_unknown', 'mail_unavailable'],
  ['502 of something on the way', bare(502, null, '<html>Bad Gateway'), 'outcome_unknown', 'mail_unavailable'],
  ['503', bare(503, '3'), 'outcome_unknown', 'mail_unavailable'],
  ['504', bare(504), 'outcome_unknown', 'mail_unavailable'],
  ['302', bare(302), 'outcome_unknown', 'mail_unavailable'],
  ['200 that is cut', bare(200, null, '{"id":"r-12'), 'outcome_unknown', 'mail_unavailable'],
  ['204', bare(204), 'outcome_unknown', 'mail_unavailable'],
];

const system = (code: string, syscall?: string) => Object.assign(new Error(code), { code, syscall });
const named = (name: string) => Object.assign(new Error(name), { name });
/** As the client throws it: with the request, the token in it. */
const wrapped = (cause: Error) =>
  Object.assign(new Error(cause.message, { cause }), { config: { headers: { authorization: 'Bearer secret-token' } } });

const FAILURES: [string, unknown, ErrorCode, ErrorCode][] = [
  ['refused', system('ECONNREFUSED', 'connect'), 'mail_unavailable', 'mail_unavailable'],
  ['no such name', system('ENOTFOUND', 'getaddrinfo'), 'mail_unavailable', 'mail_unavailable'],
  ['no name server', system('EAI_AGAIN', 'getaddrinfo'), 'mail_unavailable', 'mail_unavailable'],
  ['never connected in time', system('ETIMEDOUT', 'connect'), 'mail_unavailable', 'mail_unavailable'],
  [
    'refused at both addresses',
    new AggregateError([system('ECONNREFUSED', 'connect'), system('ENETUNREACH', 'connect')], 'both'),
    'mail_unavailable',
    'mail_unavailable',
  ],
  ['a certificate that is not believed', system('CERT_HAS_EXPIRED'), 'mail_unavailable', 'mail_unavailable'],
  ['self-signed', system('DEPTH_ZERO_SELF_SIGNED_CERT'), 'mail_unavailable', 'mail_unavailable'],
  ['reset', system('ECONNRESET', 'read'), 'outcome_unknown', 'mail_unavailable'],
  ['reset in writing', system('EPIPE', 'write'), 'outcome_unknown', 'mail_unavailable'],
  ['timed out in reading', system('ETIMEDOUT', 'read'), 'outcome_unknown', 'mail_unavailable'],
  ['hung up', system('ECONNRESET'), 'outcome_unknown', 'mail_unavailable'],
  ['an answer that is not HTTP', system('HPE_INVALID_CONSTANT'), 'outcome_unknown', 'mail_unavailable'],
  ['an aggregate of nothing', new AggregateError([], 'nothing'), 'outcome_unknown', 'mail_unavailable'],
  ['time is over', named('TimeoutError'), 'timeout', 'mail_unavailable'],
  ['given up', named('AbortError'), 'timeout', 'mail_unavailable'],
  ['what is no error', 'secret-token', 'outcome_unknown', 'mail_unavailable'],
  ['too large', new AppError('payload_too_large', 'Large.'), 'outcome_unknown', 'payload_too_large'],
  ['no access any more', new AppError('mail_reconnect', 'Gone.'), 'mail_reconnect', 'mail_reconnect'],
  ['over the quota', new AppError('mail_unavailable', 'Wait.'), 'mail_unavailable', 'mail_unavailable'],
  ['refused by the gate', new AppError('forbidden', 'No.'), 'forbidden', 'forbidden'],
];

const context = (creating: boolean) => ({ creating, mailbox: 'dana@headroom.example', now: NOW });

describe('what an answer of Gmail means', () => {
  it.each(ANSWERS)('%s', (_, answer, whenCreating, whenReading) => {
    for (const creating of [true, false]) {
      const error = sortGmailAnswer(answer, context(creating));
      expect(error.code).toBe(creating ? whenCreating : whenReading);
      expect(error.remedy).toMatch(/\.$/);
      expect(error.message).not.toMatch(/[<>{}]/);
      expect(error.cause).toBeUndefined();
    }
  });

  it.each([
    ['429 with seconds', bare(429, '7'), 7],
    ['429 with a date', bare(429, 'Sun, 22 Nov 2026 09:31:30 GMT'), 90],
    ['429 without', bare(429), undefined],
    ['503 with seconds, of which nothing is known', bare(503, '3'), 3],
    ['the quota of the day', older(403, 'dailyLimitExceeded'), 3_600],
  ])('waits as long as it was told: %s', (_, answer, seconds) => {
    expect(sortGmailAnswer(answer, context(true)).retryAfterSeconds).toBe(seconds);
  });

  it('tells who has to act', () => {
    const remedy = (answer: GmailAnswer) => sortGmailAnswer(answer, context(true)).remedy;
    expect(remedy(older(403, 'accessNotConfigured'))).toMatch(/An admin must enable the Gmail API/);
    expect(remedy(older(403, 'domainPolicy'))).toMatch(/A Workspace admin must allow/);
    expect(remedy(older(400, 'invalidArgument', 'Invalid To header'))).toMatch(/Correct the rep’s address/);
    expect(remedy(older(401, 'authError'))).toMatch(/Connect the mailbox again/);
  });

  it('shows Google’s words as one short line', () => {
    const words = `Bad\r\nSet-Cookie: x\u202e\u0000 ${'long '.repeat(100)}`;
    const { message } = sortGmailAnswer(older(400, 'badRequest', words), context(true));
    expect(message).toMatch(/^Gmail refused the draft \(400: Bad Set-Cookie: x [long ]+\)\.$/);
    expect(message.length).toBeLessThan(260);
  });

  it.each([
    null,
    7,
    'x',
    [],
    {},
    { error: 'x' },
    { error: { errors: 'x', details: {} } },
    { error: { errors: [null] } },
  ])('copes with the body %j', (body) => {
    expect(sortGmailAnswer({ status: 403, retryAfter: 'soon', body }, context(true)).code).toBe('mail_rejected');
  });
});

describe('what a request without an answer means', () => {
  it.each(FAILURES)('%s', (_, failure, whenCreating, whenReading) => {
    for (const creating of [true, false]) {
      for (const thrown of [failure, failure instanceof Error ? wrapped(failure) : failure]) {
        const error = sortGmailFailure(thrown, context(creating));
        expect(error.code).toBe(creating ? whenCreating : whenReading);
        expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/secret-token/);
      }
    }
  });
});

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    [' 12 ', 12],
    ['99999999999', 3_600],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    ['Sun, 22 Nov 2026 09:29:00 GMT', 0],
    ['Sun, 22 Nov 2026 09:30:01 GMT', 1],
    ['Mon, 22 Nov 2027 09:30:00 GMT', 3_600],
  ])('%j is %s s', (value, seconds) => {
    expect(retryAfterSeconds(value, NOW)).toBe(seconds);
  });
});
