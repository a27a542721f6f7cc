// What a request meets before Next.js: whose name it used, where it comes from, how large and how slow it may be.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { BlockList, isIP } from 'node:net';

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;
const MB = 1024 * 1024;
/** Next.js fails over some of the others. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Largest body by path. Each route has its own limit, which is never more than what is let in here. */
const BODY_LIMITS = [
  { path: /^\/api\/v1\/(accounts|catalogue|usage)\/import\/?(\?|$)/, bytes: 513 * MB, isImport: true },
  { path: /^\/api\/v1\//, bytes: 17 * MB, isImport: false },
];
/** What only the front door may say, and what Next.js would believe of itself, however it is spelled. */
const INTERNAL =
  /^(x[-_](headroom|forwarded|middleware|next|nextjs|invoke|now|vercel|matched|prerender)[-_].*|forwarded|x[-_]real[-_]ip|x[-_]nonce|next[-_]resume|content[-_]security[-_]policy([-_]report[-_]only)?)$/;
/** For what is no page: opened as one, it runs and loads nothing. */
const INERT = "default-src 'none'; frame-ancestors 'none'; sandbox";

/**
 * @typedef {object} FrontDoorOptions
 * @property {readonly string[]} publicUrls origins beside the loopback names whose host is answered
 * @property {readonly string[]} trustedProxies addresses and CIDR ranges whose `X-Forwarded-*` headers are believed
 * @property {number} [headersTimeoutMs] until the last byte of the header
 * @property {number} [requestTimeoutMs] until the last byte of the body
 * @property {number} [bodyTimeoutMs] the same for what is no import, from the last byte of the header on
 * @property {number} [idleTimeoutMs] of a connection between two requests
 * @property {number} [lingerMs] how long a refused sender is listened to, so that it reads the answer
 * @property {number} [checkEveryMs] how often the first two are looked at
 * @property {number} [bodyBytes] largest body outside of `/api/v1/`
 * @property {number} [maxConnections]
 * @property {(answer: { method: string, url: string, status: number, seconds: number }) => void} [onAnswer] told of each
 *   request when its answer, or its connection, has ended; a status of 499 is a client that did not wait
 */

/**
 * A server that is not listening yet. Its `leave()` lets connections go: from then on each answer is the last of its
 * connection. Its `answered(ms)` resolves when what was under way has been answered, streams apart, or when time is up.
 * @param {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => unknown} handle
 * @param {FrontDoorOptions} options
 */
export function createFrontDoor(handle, options) {
  const { bodyBytes = MB, bodyTimeoutMs = 60_000, lingerMs = 2_000 } = options;
  const hosts = hostsOf(options.publicUrls);
  const trusted = rangesOf(options.trustedProxies);
  const underWay = new Set();
  let leaving = false;
  const server = createServer({
    // A client that sends its header or its body drop by drop is cut off.
    headersTimeout: options.headersTimeoutMs ?? 15_000,
    requestTimeout: options.requestTimeoutMs ?? 300_000,
    connectionsCheckingInterval: options.checkEveryMs ?? 5_000,
    keepAliveTimeout: options.idleTimeoutMs ?? 20_000,
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = options.maxConnections ?? 2_000;
  server.maxRequestsPerSocket = 10_000;
  server.on('request', receive);
  // Before «go on» is said to whoever asks first, the size that they announce is judged.
  server.on('checkContinue', (request, response) => receive(request, response, true));
  // Next.js listens for upgrades on the server that it finds behind a request: they would pass by this door and stay
  // open without a time limit. Without a listener an upgrade is an ordinary request.
  server.on('newListener', (event, listener) => {
    if (event === 'upgrade') process.nextTick(() => server.off('upgrade', listener));
  });
  return Object.assign(server, { leave, answered });

  function leave() {
    leaving = true;
    for (const response of underWay) if (!response.headersSent) response.shouldKeepAlive = false;
  }

  async function answered(ms) {
    const isStream = (response) => /event-stream/.test(String(response.getHeader('content-type')));
    const deadline = performance.now() + ms;
    while ([...underWay].some((response) => !isStream(response)) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  function receive(request, response, mustContinue = false) {
    if (options.onAnswer) report(request, response, options.onAnswer);
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
    if (leaving) response.shouldKeepAlive = false;
    keepInert(request, response);
    const asked = askedFor(request);
    if (!asked) return refuse(request, response, PROBLEMS.malformed, lingerMs);
    if (!METHODS.has(request.method)) {
      response.setHeader('allow', [...METHODS].join(', '));
      return refuse(request, response, PROBLEMS.method, lingerMs);
    }
    const origin = originOf(request, asked.host, trusted);
    // A name that is not the desk's would be a page elsewhere reaching in (DNS rebinding).
    if (!hosts.has(origin.host) && !LOOPBACK.test(origin.host)) {
      return refuse(request, response, PROBLEMS.misdirected, lingerMs);
    }
    dropInternal(request);
    request.url = asked.path;
    request.headers.host = origin.host;
    if (origin.ip) request.headers['x-headroom-client-ip'] = origin.ip;
    request.headers['x-headroom-scheme'] = origin.scheme;
    if (origin.scheme === 'https') response.setHeader('strict-transport-security', 'max-age=31536000');

    const limit = BODY_LIMITS.find(({ path }) => path.test(asked.path)) ?? { bytes: bodyBytes, isImport: false };
    if (Number(request.headers['content-length'] ?? 0) > limit.bytes) {
      return refuse(request, response, tooLarge(limit), lingerMs);
    }
    if (hasBody(request)) guardBody(request, response, limit, { bodyTimeoutMs, lingerMs });
    if (mustContinue) response.writeContinue();
    new Promise((resolve) => resolve(handle(request, response))).catch((error) => {
      console.error(error);
      response.destroy();
    });
  }
}

/** The address is the one that was asked for: the application may change what it is given. */
function report(request, response, onAnswer) {
  const { method = '', url = '' } = request;
  const started = performance.now();
  response.once('close', () => {
    const status = response.headersSent ? response.statusCode : 499;
    onAnswer({ method, url, status, seconds: (performance.now() - started) / 1000 });
  });
}

const PROBLEMS = {
  malformed: {
    status: 400,
    code: 'invalid_input',
    title: 'The request is not valid',
    detail: 'It names no one address.',
  },
  misdirected: {
    status: 421,
    code: 'misdirected_request',
    title: 'Not this server',
    detail: 'This desk does not answer to that name.',
    remedy: 'Open it by its own address. Whoever runs it lists further ones in HEADROOM_URL.',
  },
  method: {
    status: 405,
    code: 'method_not_allowed',
    title: 'Not a method of this desk',
    detail: 'The desk does not know this method.',
  },
  slow: { status: 408, code: 'timeout', title: 'It took too long', detail: 'The body did not arrive in time.' },
};

function tooLarge({ bytes, isImport }) {
  return {
    status: 413,
    code: 'payload_too_large',
    title: 'The body is too large',
    detail: `The body is larger than ${Math.floor(bytes / MB)} MB.`,
    ...(isImport ? { remedy: 'Import it on the server with npm run import.' } : {}),
  };
}

/** Path and host of the request line and the Host header; null where there are none, or several. */
function askedFor({ url = '', headers, rawHeaders }) {
  let named = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at].length === 4 && rawHeaders[at].toLowerCase() === 'host') named += 1;
  }
  if (named > 1) return null;
  if (!isDecodable(url)) return null;
  if (url.startsWith('/')) return { path: url, host: (headers.host ?? '').toLowerCase() };
  // As a proxy is asked: then the address says whose it is, and the Host header counts for nothing.
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return null;
  const { host, pathname, search } = new URL(url);
  return { path: pathname + search, host };
}

/** `%ff` is no character, and an address with it none: Next.js would fail over it. */
function isDecodable(url) {
  try {
    decodeURIComponent(url.split('?', 1)[0]);
    return true;
  } catch {
    return false;
  }
}

/** Where a request comes from; what a proxy says of it counts only if the proxy is trusted. */
function originOf(request, host, trusted) {
  const peer = plainAddress(request.socket.remoteAddress ?? '');
  const direct = { ip: peer || null, scheme: 'http', host };
  if (!trusts(trusted, peer)) return direct;
  // From the right: the first one that is no proxy of ours is the client; what stands left of it, anybody may have written.
  const hops = listOf(request.headers['x-forwarded-for']).map(plainAddress).reverse();
  const client = hops.find((hop) => !trusts(trusted, hop)) ?? hops.at(-1);
  return {
    ip: client !== undefined && isIP(client) ? client : direct.ip,
    scheme: listOf(request.headers['x-forwarded-proto']).at(-1)?.toLowerCase() === 'https' ? 'https' : 'http',
    host: listOf(request.headers['x-forwarded-host']).at(-1)?.toLowerCase() ?? host,
  };
}

/** @param {string | string[] | undefined} header */
function listOf(header) {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `::ffff:10.0.0.1`, `10.0.0.1:5000` and `[::1]:5000` are addresses with something around them. */
function plainAddress(address) {
  return address
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '');
}

function rangesOf(ranges) {
  const list = new BlockList();
  for (const range of ranges) {
    const [address, bits] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function trusts(list, address) {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** As a browser writes them, and with the port that goes without saying. */
function hostsOf(urls) {
  return new Set(
    urls.flatMap((url) => {
      const { host, port, protocol } = new URL(url);
      return port === '' ? [host, `${host}:${protocol === 'https:' ? 443 : 80}`] : [host];
    }),
  );
}

function dropInternal(request) {
  const names = Object.keys(request.headers).filter((name) => INTERNAL.test(name));
  if (names.length === 0) return;
  for (const name of names) delete request.headers[name];
  const { rawHeaders } = request;
  request.rawHeaders = rawHeaders.filter((_, at) => !INTERNAL.test(rawHeaders[at - (at % 2)].toLowerCase()));
}

/** A policy for each answer of the API and each page that has none of its own. */
function keepInert(request, response) {
  const isApi = request.url?.startsWith('/api');
  const { writeHead } = response;
  response.writeHead = (...given) => {
    const isPage = String(response.getHeader('content-type') ?? '').startsWith('text/html');
    if ((isApi || isPage) && !response.hasHeader('content-security-policy')) {
      response.setHeader('content-security-policy', INERT);
    }
    return writeHead.apply(response, given);
  };
}

function hasBody({ headers }) {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Counts what really arrives, since a body in chunks does not say how long it is, and ends one that comes too slowly.
 * The application is told by an error that its routes know as one of their own.
 */
function guardBody(request, response, limit, { bodyTimeoutMs, lingerMs }) {
  const { push } = request;
  let size = 0;
  // An error that nobody reads the body to hear of is no reason to end the process.
  request.on('error', () => undefined);
  const timer = limit.isImport ? null : setTimeout(() => stop(PROBLEMS.slow), bodyTimeoutMs);
  const stopClock = () => clearTimeout(timer ?? undefined);
  request.once('close', stopClock);
  request.push = (chunk, encoding) => {
    if (chunk === null) stopClock();
    else size += chunk.length;
    if (size > limit.bytes) {
      stop(tooLarge(limit));
      return true;
    }
    return push.call(request, chunk, encoding);
  };
  // Answered before the end of the body: what is still to come is listened to for a moment, then no more.
  response.once('finish', () => {
    if (!request.complete) setTimeout(() => request.complete || request.socket.destroy(), lingerMs).unref();
  });

  function stop(problem) {
    stopClock();
    if (response.headersSent) {
      request.socket.destroy();
      return;
    }
    refuse(request, response, problem, lingerMs);
    // Ends the body for the application alone; the connection is still needed for the answer.
    request._destroy = (error, done) => done(error);
    request.destroy(Object.assign(new Error(problem.detail), { name: 'AppError', code: problem.code, issues: [] }));
  }
}

/** Answers in place of the application, then closes the connection. */
function refuse(request, response, { status, code, title, detail, remedy }, lingerMs) {
  const requestId = randomUUID();
  const type = `urn:headroom:problem:${code}`;
  const body = JSON.stringify({ type, title, status, code, detail, requestId, ...(remedy ? { remedy } : {}) });
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'content-security-policy': INERT,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId,
    connection: 'close',
  });
  response.write(request.method === 'HEAD' ? '' : body);
  const { end } = response;
  // What the application may still have to say goes nowhere.
  for (const method of ['setHeader', 'appendHeader', 'removeHeader', 'writeHead', 'write', 'end']) {
    response[method] = () => response;
  }
  // To close in the middle of an upload would reset the connection, and the answer would be lost with it: until the
  // sender has read it, what comes is thrown away.
  const close = () => {
    clearTimeout(timer);
    end.call(response);
  };
  const timer = setTimeout(close, hasBody(request) ? lingerMs : 0);
  request.push = (chunk) => {
    if (chunk === null) close();
    return true;
  };
  request.socket.resume();
}
