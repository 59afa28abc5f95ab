import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Refused {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 429 | 500 | 503;
  readonly code: string;
  readonly message: string;
  readonly retryAfter?: number;
}

const digest = (text: string): Buffer => createHash('sha256').update(text, 'latin1').digest();

/** How often a header is there. Two of a kind, of which somebody else may believe the other, are a doubt. */
const count = ({ rawHeaders }: IncomingMessage, name: string): number =>
  rawHeaders.filter((header, index) => index % 2 === 0 && header.toLowerCase() === name).length;

/** Headers that only browsers send (Fetch standard; Fetch Metadata). None has business here. */
const BROWSER = ['origin', 'sec-fetch-site', 'sec-fetch-mode', 'access-control-request-method', 'referer'];

/**
 * Whether a request may be looked at. A page in a browser can make it send requests to names that lead here (DNS
 * rebinding): such a request names another host, and has an Origin.
 */
export function makeGate(hosts: ReadonlySet<string>, token: string): (request: IncomingMessage) => Refused | undefined {
  const expected = digest(token);
  return (request) => {
    const { headers } = request;
    if (count(request, 'host') !== 1 || !hosts.has(headers.host ?? '')) {
      return { status: 403, code: 'host', message: `the Host header must be ${[...hosts].join(' or ')}` };
    }
    const browser = BROWSER.find((name) => headers[name] !== undefined);
    if (browser !== undefined) return { status: 403, code: 'browser', message: `requests with ${browser} are refused` };
    if (request.url === '/health') return undefined;
    const given = /^Bearer ([A-Za-z0-9_-]{1,200})$/.exec(headers.authorization ?? '')?.[1];
    const same = timingSafeEqual(digest(given ?? ''), expected);
    if (given === undefined || !same || count(request, 'authorization') !== 1) {
      return { status: 401, code: 'token', message: 'the token of this box is needed: Authorization: Bearer …' };
    }
    return undefined;
  };
}
