import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkGmailRequest, type GmailOperation } from '../../../lib/adapters/mail/gmail-guard';
import { isAppError } from '../../../lib/errors';

const API = 'https://gmail.googleapis.com';
const BASE = `${API}/gmail/v1/users/me`;

function check(method: string, address: string, headers: Record<string, string> = {}) {
  return checkGmailRequest(method, new URL(address), new Headers(headers), { api: API });
}

/** What became of a request: the operation, or null where it was refused. */
function judge(...request: Parameters<typeof check>): GmailOperation | null {
  try {
    return check(...request);
  } catch (error) {
    if (isAppError(error) && error.code === 'forbidden') return null;
    throw error;
  }
}

const ALLOWED: [GmailOperation, string, string][] = [
  ['drafts.create', 'POST', '/drafts'],
  ['drafts.list', 'GET', '/drafts'],
  ['drafts.list', 'GET', '/drafts?q=rfc822msgid%3Aabc%40drafts.headroom.invalid&maxResults=5'],
  ['drafts.list', 'GET', '/drafts?maxResults=10&pageToken=0123'],
  ['drafts.get', 'GET', '/drafts/r-6873829382910032?format=metadata'],
  ['drafts.get', 'GET', '/drafts/r6873829382910032?format=raw'],
  ['drafts.update', 'PUT', '/drafts/r6873829382910032'],
  ['drafts.delete', 'DELETE', '/drafts/r6873829382910032'],
];

const REFUSED: [string, string][] = [
  ['POST', `${BASE}/drafts/send`],
  ['POST', `${BASE}/drafts/Send`],
  ['PUT', `${BASE}/drafts/send`],
  ['GET', `${BASE}/drafts/send`],
  ['POST', `${BASE}/messages/send`],
  ['POST', `${BASE}/messages`],
  ['POST', `${BASE}/messages/import`],
  ['POST', `${BASE}/messages/batchModify`],
  ['GET', `${BASE}/messages`],
  ['GET', `${BASE}/messages/19a0123456789abc`],
  ['GET', `${BASE}/messages/19a0123456789abc?format=metadata`],
  ['GET', `${BASE}/messages/19a0123456789abc?format=raw`],
  ['GET', `${BASE}/messages/19a0123456789abc/attachments/1`],
  ['GET', `${BASE}/threads`],
  ['GET', `${BASE}/profile`],
  ['POST', `${BASE}/watch`],
  ['POST', `${BASE}/settings/sendAs`],
  ['PATCH', `${BASE}/drafts/r123`],
  ['POST', `${BASE}/drafts/r123`],
  ['POST', `${BASE}/drafts/r123/send`],
  ['DELETE', `${BASE}/drafts`],
  ['OPTIONS', `${BASE}/drafts`],
  ['post', `${BASE}/drafts`],
  // Other ways in.
  ['POST', `${API}/upload/gmail/v1/users/me/drafts`],
  ['POST', `${API}/upload/gmail/v1/users/me/drafts/send?uploadType=media`],
  ['POST', `${API}/resumable/upload/gmail/v1/users/me/messages/send`],
  ['POST', `${API}/batch/gmail/v1`],
  ['POST', `${API}/batch`],
  ['POST', `${API}/gmail/v2/users/me/drafts`],
  ['POST', `${API}/gmail/v1/users/tom@headroom.example/drafts`],
  // Paths in disguise.
  ['POST', `${BASE}/drafts/../messages/send`],
  ['POST', `${BASE}/drafts/%2e%2e/messages/send`],
  ['POST', `${BASE}/drafts/.%2E/drafts/send`],
  ['POST', `${BASE}/drafts%2Fsend`],
  ['POST', `${BASE}/drafts%252Fsend`],
  ['POST', `${BASE}/drafts\\send`],
  ['POST', `${BASE}/drafts/%73end`],
  ['POST', `${BASE}/drafts/`],
  ['POST', `${BASE}//drafts`],
  ['POST', `${BASE}/drafts;send`],
  ['POST', `${BASE}/drafts:send`],
  ['PUT', `${BASE}/drafts/r123:send`],
  ['PUT', `${BASE}/drafts/r123%2Fsend`],
  ['PUT', `${BASE}/drafts/r123/`],
  // Parameters that change what is done.
  ['POST', `${BASE}/drafts?$httpMethod=PUT`],
  ['GET', `${BASE}/drafts?httpMethod=POST`],
  ['POST', `${BASE}/drafts?uploadType=multipart`],
  ['GET', `${BASE}/drafts?access_token=abc`],
  ['GET', `${BASE}/drafts?maxResults=5&maxResults=500`],
  ['GET', `${BASE}/drafts?maxResults=5000`],
  ['GET', `${BASE}/drafts?constructor=1`],
  ['GET', `${BASE}/drafts/r123?format=evil`],
  // Elsewhere.
  ['POST', 'https://gmail.googleapis.com.evil.example/gmail/v1/users/me/drafts'],
  ['POST', 'https://evil.example/gmail/v1/users/me/drafts'],
  ['POST', 'http://gmail.googleapis.com/gmail/v1/users/me/drafts'],
  ['POST', 'https://gmail.googleapis.com:8443/gmail/v1/users/me/drafts'],
  ['POST', 'https://dana@gmail.googleapis.com/gmail/v1/users/me/drafts'],
  ['POST', 'https://dana:pw@gmail.googleapis.com/gmail/v1/users/me/drafts'],
  ['GET', 'file:///gmail/v1/users/me/drafts'],
];

describe('the gate below the Gmail client', () => {
  it.each(ALLOWED)('lets %s pass: %s %s', (operation, method, path) => {
    expect(check(method, `${BASE}${path}`)).toBe(operation);
  });

  it.each(REFUSED)('refuses %s %s', (method, address) => {
    expect(judge(method, address)).toBeNull();
  });

  it.each([
    ['x-http-method-override', 'POST'],
    ['x-http-method', 'DELETE'],
    ['x-method-override', 'PUT'],
    ['content-type', 'multipart/mixed; boundary=batch'],
    ['content-type', 'message/rfc822'],
    ['x-upload-content-type', 'message/rfc822'],
    ['x-goog-upload-command', 'start'],
    ['authorization', 'Bearer of-another'],
    ['cookie', 'a=b'],
  ])('refuses the header %s: %s', (name, value) => {
    expect(judge('POST', `${BASE}/drafts`, { [name]: value })).toBeNull();
  });

  it('names what it refused, without its parameters', () => {
    expect(() => check('POST', `${BASE}/drafts/send?key=secret`)).toThrow(
      /POST \/gmail\/v1\/users\/me\/drafts\/send\.$/,
    );
  });

  it('lets nothing pass that another reading of the address takes for more than drafts', () => {
    const segment = fc.oneof(
      fc.constantFrom('gmail', 'v1', 'users', 'me', 'drafts', 'send', 'Send', 'messages', 'upload', 'batch', 'threads'),
      fc.constantFrom(
        '..',
        '.',
        '%2e%2e',
        '%2E.',
        '',
        '%2F',
        '%252F',
        'drafts%2Fsend',
        'r123%2fsend',
        'r1',
        'r-12',
        '%73end',
      ),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    );
    const start = fc.constantFrom(
      '/gmail/v1/users/me/drafts',
      '/gmail/v1/users/me/drafts',
      '/gmail/v1/users/me/drafts/r12',
      '/gmail/v1/users/me',
      '/gmail/v1',
      '',
      '/upload/gmail/v1',
    );
    const query = fc.constantFrom(
      '',
      '?format=raw',
      '?maxResults=5',
      '?q=a',
      '?uploadType=media',
      '?$httpMethod=POST',
      '?',
    );
    const origin = fc.constantFrom(API, API, API, 'https://evil.example', 'https://gmail.googleapis.com@evil.example');
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'post', 'SEND');
    let passed = 0;
    fc.assert(
      fc.property(
        method,
        origin,
        start,
        fc.array(segment, { maxLength: 4 }),
        query,
        (verb, host, from, parts, given) => {
          const address = [host + from, ...parts].join('/') + given;
          if (!URL.canParse(address)) return;
          const operation = judge(verb, address);
          if (operation === null) return;
          passed += 1;
          expect(new URL(address).origin).toBe(API);
          let path = new URL(address).pathname;
          for (let round = 0; round < 5; round += 1)
            path = decodeURIComponent(path.replace(/%(?![0-9a-f]{2})/gi, '%25'));
          const [empty, ...read] = path.replaceAll('\\', '/').split('/');
          expect([empty, ...read.slice(0, 5)]).toEqual(['', 'gmail', 'v1', 'users', 'me', 'drafts']);
          expect(read.length).toBeLessThanOrEqual(6);
          expect(read[5] ?? '').toMatch(/^[\w-]*$/);
          expect(read[5] ?? '').not.toMatch(/send/i);
          const verbs = read.length === 5 ? ['GET', 'POST'] : ['GET', 'PUT', 'DELETE'];
          expect(verbs).toContain(verb);
          expect(verb === 'POST' ? given.replace('?', '') : '').toBe('');
        },
      ),
      { numRuns: 20_000 },
    );
    expect(passed).toBeGreaterThan(100);
  });
});
