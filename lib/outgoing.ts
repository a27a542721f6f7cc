import { lookup as resolveName } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { AppError } from './errors';

/** https://www.iana.org/assignments/iana-ipv4-special-registry, and what is not meant for one receiver. */
const PRIVATE_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
/** Of IPv6 only 2000::/3 is given out; within it these are not, or stand for an IPv4 address. */
const PUBLIC_IPV6 = '2000::/3';
const PRIVATE_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1024 * 1024;

export interface OutgoingOptions {
  /** Addresses and CIDR ranges that may be called although they are private. */
  allowedRanges: readonly string[];
  timeoutMs?: number;
  /** Largest answer in bytes. */
  maxBytes?: number;
  /**
   * What becomes of an answer that is larger, or whose body does not come in time: refused, unless its status is all that
   * counts and it is cut there.
   */
  overflow?: 'refuse' | 'cut';
  /** Whether `http://`, which anybody on the way can read, goes anywhere or to the allowed ranges alone. */
  plain?: 'anywhere' | 'allowed ranges';
  /** How names become addresses; the system's own way unless a test says otherwise. */
  resolve?: typeof resolveName;
}

export interface OutgoingRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

/** Sends one request. Follows no redirect. @throws AppError `forbidden` where the address is not to be called. */
export type Outgoing = (url: string | URL, request?: OutgoingRequest) => Promise<Response>;

/**
 * Requests to addresses that somebody configured: never into a private network unless that was allowed. What is judged is
 * the address that the connection is made to, after the name was resolved, so that a name which answers differently the
 * next time (DNS rebinding) gains nothing.
 */
export function createOutgoing(options: OutgoingOptions): Outgoing {
  const { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES, overflow = 'refuse' } = options;
  const rule = createAddressRule(options);
  const plainRule = options.plain === 'allowed ranges' ? createAddressRule(options, true) : rule;

  return async (target, { method = 'GET', headers = {}, body, signal } = {}) => {
    const url = new URL(target);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw notAllowed(url.protocol);
    const { lookup, checkHost } = url.protocol === 'https:' ? rule : plainRule;
    checkHost(url.hostname.replace(/^\[|\]$/g, ''));
    const deadline = AbortSignal.timeout(timeoutMs);
    const stop = signal ? AbortSignal.any([signal, deadline]) : deadline;
    return new Promise<Response>((fulfil, reject) => {
      const send = url.protocol === 'https:' ? https.request : http.request;
      let answered = false;
      // A connection of its own: one that is kept would not be judged again.
      const request = send(url, { method, headers, lookup, signal: stop, agent: false }, (answer) => {
        answered = true;
        readAnswer(answer, maxBytes, overflow).then(fulfil, reject);
      });
      request.on('error', (error) => {
        if (!answered || overflow === 'refuse') reject(deadline.aborted ? deadline.reason : error);
      });
      request.end(body);
    });
  };
}

/** The same rule for connections that are not HTTP. */
export interface AddressRule {
  /** Takes the place of the system's look-up of names. */
  lookup: LookupFunction;
  /** A host that is an address is never looked up. @throws AppError `forbidden` where it is not to be called. */
  checkHost(host: string): void;
}

/** @param allowedAlone whether public addresses are refused too. */
export function createAddressRule(
  { allowedRanges, resolve = resolveName }: OutgoingOptions,
  allowedAlone = false,
): AddressRule {
  const mayCall = judge(allowedRanges, allowedAlone);
  return {
    lookup(hostname, given, callback) {
      resolve(hostname, { ...given, all: true }, (error, addresses) => {
        if (error) return callback(error, []);
        // One private address among several is enough: which of them is taken is not ours to choose.
        const refused = addresses.find(({ address }) => !mayCall(address));
        if (refused || addresses.length === 0) return callback(notAllowed(hostname), []);
        if (given.all) return callback(null, addresses);
        const [first] = addresses;
        return callback(null, first?.address ?? '', first?.family);
      });
    },
    checkHost(host) {
      if (isIP(host) && !mayCall(host)) throw notAllowed(host);
    },
  };
}

async function readAnswer(
  answer: http.IncomingMessage,
  maxBytes: number,
  overflow: 'refuse' | 'cut',
): Promise<Response> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= maxBytes) continue;
      answer.destroy();
      if (overflow === 'cut') break;
      throw new AppError('payload_too_large', `The answer is larger than ${maxBytes} bytes.`);
    }
  } catch (error) {
    if (overflow === 'refuse') throw error;
  }
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const status = answer.statusCode ?? 502;
  const hasBody = ![204, 205, 304].includes(status);
  const body = new Uint8Array(Buffer.concat(chunks).subarray(0, maxBytes));
  return new Response(hasBody ? body : null, { status, headers });
}

function judge(allowedRanges: readonly string[], allowedAlone: boolean): (address: string) => boolean {
  const allowed = rangesOf(allowedRanges);
  const privateIpv4 = rangesOf(PRIVATE_IPV4);
  const publicIpv6 = rangesOf([PUBLIC_IPV6]);
  const privateIpv6 = rangesOf(PRIVATE_IPV6);
  return (given) => {
    const address = mappedIpv4(given) ?? given;
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (isIP(address) === 0) return false;
    if (allowed.check(address, family)) return true;
    if (allowedAlone) return false;
    if (family === 'ipv4') return !privateIpv4.check(address, family);
    return publicIpv6.check(address, family) && !privateIpv6.check(address, family);
  };
}

/** `::ffff:7f00:1` is 127.0.0.1 in other words. */
function mappedIpv4(address: string): string | null {
  if (!isIPv6(address)) return null;
  const [, dotted] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (dotted) return dotted;
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? [];
  if (!high || !low) return null;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}

function rangesOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function notAllowed(what: string): AppError {
  return new AppError('forbidden', `${what} is not an address that the desk may call.`, {
    remedy: 'Where it is meant to be called, name its network in HEADROOM_ALLOWED_PRIVATE_RANGES.',
  });
}
