// What the fuzzer starts from, and what it does to it. Everything follows from one seed.

export const OWN = 'a'.repeat(64);
export const FOREIGN = 'f'.repeat(64);
export const PROJECT = 'fuzz';
export const IMAGE = 'web:1';

const HOST = 'Host: docker';
const request = (line, headers = [], body = '') => [`${line} HTTP/1.1`, HOST, ...headers, '', body].join('\r\n');
const chunked = (line, body) =>
  request(line, ['Content-Type: application/json', 'Transfer-Encoding: chunked'], `${body}0\r\n\r\n`);
const sized = (line, body) => request(line, ['Content-Type: application/json', `Content-Length: ${body.length}`], body);
const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;

/** What must never arrive, put where another parser would see a request. */
const SWARM = request('GET /v1.51/swarm');
const STOP = request(`POST /v1.51/containers/${FOREIGN}/stop`, ['Content-Length: 0']);
const PING = request('GET /_ping');
const CREATE = JSON.stringify({ Image: IMAGE, Cmd: ['true'] });
const BLANKS = ' '.repeat(15_000);

// Without /system/df: the firewall lets it through every other second, and all would wait for it.
const VALID = [
  PING,
  request('HEAD /_ping'),
  ...['/version', '/info', '/containers/json?all=1', '/images/json', '/networks', '/volumes'].map((path) =>
    request(`GET /v1.51${path}`),
  ),
  ...['json', 'logs?stdout=1&tail=10', 'top', 'stats?stream=0'].map((path) =>
    request(`GET /v1.51/containers/web/${path}`, ['User-Agent: Docker-Client/28.5.2 (linux)']),
  ),
  request('GET /v1.51/events?since=0&until=1'),
  request('GET /v1.51/containers/json?filters=%7B%22label%22%3A%7B%22a%3Db%22%3Atrue%7D%7D'),
  request(`GET /v1.51/images/${IMAGE}/json`),
  request('GET /v1.51/networks/net'),
  request('GET /v1.51/volumes/vol'),
  sized('POST /v1.51/containers/create?name=mine', CREATE),
  chunked('POST /v1.51/containers/create', [...CREATE].map(chunk).join('')),
  sized('POST /v1.51/networks/create', '{"Name":"mine"}'),
  chunked('POST /v1.51/volumes/create', chunk('{"Name":"mine"}')),
  request(`POST /v1.51/images/create?fromImage=web&tag=1`, ['Content-Length: 0']),
];

// Cases on which HTTP parsers are known to differ (RFC 9112 section 11.2), each with a request hidden in it.
const SMUGGLING = [
  ['Content-Length: 5', 'Transfer-Encoding: chunked'],
  ['Content-Length: 5', 'Content-Length: 5'],
  ['Content-Length: 5', 'Content-Length: 6'],
  ...['+5', '0x5', '-1', '0, 0', '05', '99999999999999999999'].map((length) => [`Content-Length: ${length}`]),
  ...['xchunked', '\vchunked', 'identity, chunked', 'chunked, chunked', 'CHUNKED'].map((coding) => [
    `Transfer-Encoding: ${coding}`,
  ]),
  ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
  ['Transfer-Encoding:\r\n chunked'],
  ['Transfer-Encoding : chunked'],
  ['X: y\nTransfer-Encoding: chunked'],
  ['Connection: Upgrade', 'Upgrade: tcp'],
  ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'],
  ['Expect: 100-continue', 'Content-Length: 2'],
].flatMap((headers) =>
  ['GET /_ping', 'POST /v1.51/containers/create', 'GET /v1.51/containers/json'].map((line) =>
    request(line, headers, `0\r\n\r\n${SWARM}${STOP}`),
  ),
);

const ODD = [
  ...[
    '1;a=b\r\n{\r\n',
    '1;a\n{\r\n',
    '0x1\r\n{\r\n',
    '01\r\n{\r\n',
    'ffffffffffffffff1\r\n{\r\n',
    '1\n{\n',
    '2\r\n{\r\n',
  ].map((start) => chunked('POST /v1.51/containers/create', start) + SWARM),
  request('POST /v1.51/containers/create', ['Transfer-Encoding: chunked'], `0\r\nX: y\r\n\r\n${SWARM}`),
  `\r\n\r\n${PING}`,
  PING.replace('1.1', '1.0'),
  PING.replace('1.1', '1.2'),
  PING.replaceAll(' ', '\t'),
  PING.replaceAll('\r\n', '\n'),
  `GET http://docker/swarm HTTP/1.1\r\n${HOST}\r\n\r\n`,
  `OPTIONS * HTTP/1.1\r\n${HOST}\r\n\r\n`,
  `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
  ...['/_ping/../swarm', '/%73warm', '//swarm', '/_ping%0d%0a', '/v1.51/./swarm', `/containers/${FOREIGN}/json`].map(
    (path) => request(`GET ${path}`),
  ),
  SWARM,
  STOP,
  // What takes some parsers long: blanks that can be divided in many ways, long lists, many small pieces.
  request('GET /_ping', [`X:${BLANKS}\x80`]),
  request('GET /_ping', [`X:a${BLANKS}\x80`]),
  request('GET /_ping', [`Connection: a${BLANKS}b`]),
  request('GET /_ping', [`Connection: ${'a ,\t'.repeat(3_500)}`]),
  request('GET /_ping', [`Content-Type: ${'a;'.repeat(7_000)}`]),
  request(`GET /v1.51/containers/json?filters=${'%20'.repeat(2_600)}%`),
  request(`GET /v1.51/containers/json?${'a=1&'.repeat(3_500)}`),
  request(`GET /${'a/'.repeat(7_000)}`),
  chunked('POST /v1.51/containers/create', chunk('[').repeat(40_000)),
  sized('POST /v1.51/containers/create', '['.repeat(200_000)),
  sized('POST /v1.51/containers/create', `{"Image":"${'\\u0000'.repeat(30_000)}"}`),
];

const SEEDS = [...VALID, ...SMUGGLING, ...ODD];
const WORDS = [
  ...['\r\n', '\n', '\r', '\0', '\x80', ' ', '\t', ':', ',', ';', '?', '&', '/', '%2f', '%00', '..', '0\r\n\r\n'],
  ...['Content-Length: 4\r\n', 'Transfer-Encoding: chunked\r\n', 'Connection: close\r\n', 'Upgrade: tcp\r\n'],
  ...['GET', 'POST', 'DELETE', '/swarm', '/v1.51', '/_ping', ' HTTP/1.1', 'Host: x\r\n', 'chunked', FOREIGN, OWN],
];

/** mulberry32: small, and the same everywhere. */
export function makeRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count) => Math.floor(next() * count);
  return { below, of: (list) => list[below(list.length)] };
}

const MUTATIONS = [
  (text, { below, of }) => splice(text, below(text.length + 1), 0, of(WORDS)),
  (text, { below }) => splice(text, below(text.length + 1), 1 + below(8), ''),
  (text, { below }) => splice(text, below(text.length + 1), 1, String.fromCharCode(below(256))),
  (text, { below, of }) => splice(text, below(text.length + 1), 0, of(SEEDS)),
  (text, { of }) => text + of(VALID),
  (text, { of }) => of(VALID) + text,
  (text, { below }) => text.slice(0, below(text.length + 1)),
  (text, { below }) => {
    const from = below(text.length + 1);
    const piece = text.slice(from, from + 1 + below(40));
    return splice(text, from, 0, piece.repeat(1 + below(1 + Math.floor(8_000 / (piece.length + 1)))));
  },
];
const splice = (text, at, gone, put) => text.slice(0, at) + put + text.slice(at + gone);

/** Bytes, where they are cut into segments, and on how many connections at once they are sent. */
export function makeInput(random) {
  let text = random.of(SEEDS);
  for (let left = random.below(5); left > 0; left--) text = random.of(MUTATIONS)(text, random);
  text = text.slice(0, 600_000);
  const cuts = Array.from({ length: random.below(5) }, () => random.below(text.length + 1)).sort((a, b) => a - b);
  return { bytes: Buffer.from(text, 'latin1'), cuts, copies: random.of([1, 1, 1, 8]) };
}

/**
 * How many requests a plain reading finds one after the other. It stops where anything is unclear: whatever reaches the
 * engine from there on was smuggled.
 */
export function countRequests(bytes) {
  const text = bytes.toString('latin1');
  let count = 0;
  for (let at = 0; ; count++) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end < 0) return count;
    const [line, ...headers] = text.slice(at, end).split('\r\n');
    if (!/^[A-Z]+ \S+ HTTP\/1\.1$/.test(line)) return count;
    const values = (name) =>
      headers
        .filter((header) => header.toLowerCase().startsWith(`${name}:`))
        .map((header) => header.slice(name.length + 1).trim());
    const [lengths, codings] = [values('content-length'), values('transfer-encoding')];
    if (!(lengths.length + codings.length <= 1)) return count;
    at = end + 4;
    if (codings.length === 1) at = endOfChunks(text, at);
    else if (lengths.length === 1) at = /^\d+$/.test(lengths[0]) ? at + Number(lengths[0]) : Number.NaN;
    if (!(at <= text.length)) return count;
  }
}

function endOfChunks(text, start) {
  for (let at = start; ; ) {
    const end = text.indexOf('\r\n', at);
    const size = text.slice(at, end);
    if (!(end >= 0 && /^[0-9a-fA-F]{1,8}$/.test(size))) return Number.NaN;
    at = end + 2 + Number.parseInt(size, 16) + 2;
    if (text.slice(at - 2, at) !== '\r\n') return Number.NaN;
    if (Number.parseInt(size, 16) === 0) return at;
  }
}
