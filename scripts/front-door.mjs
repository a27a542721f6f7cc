// What a request meets before Next.js: whose name it used, where it comes from, how large and how slow it may be.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { BlockList, isIP } from 'node:net';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
/** Largest body in bytes; files to import are larger. */
const BODY_BYTES = 17 * 1024 * 1024;
const IMPORT_BYTES = 513 * 1024 * 1024;
const IMPORT = /^\/api\/v1\/(accounts|catalogue|usage)\/import\/?(\?|$)/;
/** What only the front door may say, and what Next.js would believe. */
const INTERNAL =
  /^(x-headroom-|x-forwarded-|x-middleware-|x-nextjs-|x-invoke-|forwarded$|x-real-ip$|x-nonce$|content-security-policy$|next-resume$)/;

/**
 * @param {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => unknown} handle
 * @param {{ publicUrls: readonly string[], trustedProxies: readonly string[], headersTimeoutMs?: number, requestTimeoutMs?: number, checkEveryMs?: number, bodyBytes?: number }} options
 */
export function createFrontDoor(handle, options) {
  const { publicUrls, trustedProxies, bodyBytes = BODY_BYTES } = options;
  const hosts = new Set(publicUrls.map((url) => new URL(url).host));
  const trusted = rangesOf(trustedProxies);
  const server = createServer(
    {
      // A client that sends its header or its body drop by drop is cut off.
      headersTimeout: options.headersTimeoutMs ?? 15_000,
      requestTimeout: options.requestTimeoutMs ?? 300_000,
      connectionsCheckingInterval: options.checkEveryMs ?? 5_000,
      keepAliveTimeout: 20_000,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => {
      const origin = originOf(request, trusted);
      // A name that is not the desk's would be a page elsewhere reaching in (DNS rebinding).
      if (!isOwn(origin.host, hosts)) return refuse(response, 421, 'This desk does not answer to that name.');
      for (const name of Object.keys(request.headers)) if (INTERNAL.test(name)) delete request.headers[name];
      if (origin.ip) request.headers['x-headroom-client-ip'] = origin.ip;
      request.headers['x-headroom-scheme'] = origin.scheme;
      if (origin.host) request.headers.host = origin.host;
      if (origin.scheme === 'https')
        response.setHeader('strict-transport-security', 'max-age=31536000; includeSubDomains');
      const limit = IMPORT.test(request.url ?? '') ? IMPORT_BYTES : bodyBytes;
      if (Number(request.headers['content-length'] ?? 0) > limit) return refuse(response, 413, tooLarge(limit));
      watchSize(request, response, limit);
      handle(request, response);
    },
  );
  server.maxConnections = 2_000;
  server.maxRequestsPerSocket = 10_000;
  return server;
}

/** Where a request comes from; what a proxy says of it counts only if the proxy is trusted. */
function originOf(request, trusted) {
  const peer = plainAddress(request.socket.remoteAddress ?? '');
  const direct = { ip: peer || null, scheme: 'http', host: request.headers.host ?? '' };
  if (!trusts(trusted, peer)) return direct;
  const hops = listOf(request.headers['x-forwarded-for']).map(plainAddress);
  // From the right: the first one that is no proxy of ours is the client; what stands left of it, anybody may have written.
  const client = hops.reverse().find((hop) => !trusts(trusted, hop));
  const [scheme] = listOf(request.headers['x-forwarded-proto']);
  const [host] = listOf(request.headers['x-forwarded-host']);
  return {
    ip: client !== undefined && isIP(client) ? client : direct.ip,
    scheme: scheme === 'https' ? 'https' : 'http',
    host: host ?? direct.host,
  };
}

function listOf(header) {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `::ffff:10.0.0.1` is 10.0.0.1. */
function plainAddress(address) {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
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

function isOwn(host, hosts) {
  return hosts.has(host.toLowerCase()) || LOOPBACK.includes(host.toLowerCase().replace(/:\d+$/, ''));
}

/** Counts what really arrives: a body in chunks does not say how long it is. */
function watchSize(request, response, limit) {
  let size = 0;
  const emit = request.emit;
  request.emit = function (event, ...args) {
    if (event === 'data' && Buffer.isBuffer(args[0])) {
      size += args[0].length;
      if (size > limit && !response.headersSent) {
        refuse(response, 413, tooLarge(limit));
        request.destroy();
        return true;
      }
    }
    return emit.call(this, event, ...args);
  };
}

function tooLarge(limit) {
  return `The body is larger than ${Math.round(limit / 1024 / 1024)} MB.`;
}

function refuse(response, status, detail) {
  const requestId = randomUUID();
  const code = status === 413 ? 'payload_too_large' : 'misdirected_request';
  const title = status === 413 ? 'The body is too large' : 'Not this server';
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
    'x-request-id': requestId,
  });
  response.end(JSON.stringify({ type: `urn:headroom:problem:${code}`, title, status, code, detail, requestId }));
}
