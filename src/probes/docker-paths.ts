import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe } from './probe.ts';
import { engineAt, userFor, withoutDocker } from './support/docker.ts';
import { breached, failed, held, short, unclear } from './support/judge.ts';

interface Target {
  readonly from: 'box' | 'weak';
  readonly name: string;
  readonly bytes: string;
  readonly next?: string;
  readonly secret: string;
}

interface Out {
  readonly answer: Outcome<Facts['raw']>;
  /** Whether an ordinary request is still served afterwards: a dead firewall refuses everything, too. */
  readonly alive: boolean;
}

const head = (line: string, more = ''): string => `${line} HTTP/1.1\r\nHost: docker\r\n${more}\r\n`;

/** Ways to say "inspect the foreign container" so that a check and the engine could read it differently. */
function spellings(id: string): readonly (readonly [name: string, bytes: string, next?: string])[] {
  const inspect = `/containers/${id}/json`;
  const hidden = head(`GET ${inspect}`);
  const size = hidden.length.toString(16);
  return [
    ['percent-encoded slashes', head(`GET /containers%2f${id}%2fjson`)],
    ['percent-encoded letter', head(`GET /%63ontainers/${id}/json`)],
    ['doubled slash', head(`GET /${inspect}`)],
    ['dot segments', head(`GET /_ping/..${inspect}`)],
    ['encoded dot segments', head(`GET /_ping/%2e%2e${inspect}`)],
    ['odd version', head(`GET /v1.41.${inspect}`)],
    ['padded version', head(`GET /v0001.0041${inspect}`)],
    ['absolute form', head(`GET http://docker${inspect}`)],
    ['upper case', head(`GET ${inspect.replace('containers', 'CONTAINERS')}`)],
    ['trailing slash', head(`GET ${inspect}/`)],
    ['semicolon', head(`GET ${inspect};/_ping`)],
    ['method override', head('POST /_ping', `X-HTTP-Method-Override: GET\r\nX-Original-URL: ${inspect}\r\n`)],
    ['second request behind the first', head('GET /_ping') + hidden],
    ['both lengths', `${head('GET /_ping', `Content-Length: 6\r\nTransfer-Encoding: chunked\r\n`)}0\r\n\r\n${hidden}`],
    ['body that is a request', head('GET /_ping', `Content-Length: ${hidden.length}\r\n`) + hidden],
    [
      'chunk that is a request',
      `${head('GET /_ping', 'Transfer-Encoding: chunked\r\n')}${size}\r\n${hidden}\r\n0\r\n\r\n`,
    ],
    ['folded header', head('GET /_ping', `X: y\r\n \r\nGET ${inspect} HTTP/1.1\r\n`)],
    ['bare line feeds', `GET ${inspect} HTTP/1.1\nHost: docker\n\n`],
    ['HTTP/1.0', `GET ${inspect} HTTP/1.0\r\n\r\n`],
    ['upgrade, then a request', head('GET /_ping', 'Connection: Upgrade\r\nUpgrade: tcp\r\n'), hidden],
    [
      'upgrade to HTTP/2',
      head('GET /_ping', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n'),
      hidden,
    ],
    ['HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
  ];
}

async function targets(bench: Bench, from: Target['from']): Promise<readonly Target[]> {
  const { id } = await bench.container('foreign');
  return spellings(id).map(([name, bytes, next]) => ({
    from,
    name,
    bytes,
    ...(next === undefined ? {} : { next }),
    secret: bench.secret,
  }));
}

export default defineProbe<Target, Out>({
  id: 'docker-paths',
  title: 'No spelling of a request gets past the Docker firewall',
  group: 'docker',
  attacks: ['DKR-03', 'DKR-04'],
  why: 'The engine decodes a path before it routes it, and reads on where one request ends: a check that reads it differently lets things through.',
  leaves: 'Spellings that nobody has thought of; the firewall rebuilds what it sends for that reason.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: (bench) => targets(bench, 'box'),
  async control(bench) {
    const [encoded] = await targets(bench, 'weak');
    if (encoded === undefined) throw new Error('no spelling');
    return encoded;
  },
  async attempt(bench, { from, name, bytes, next }) {
    const site = await bench.at(from, userFor(from));
    const to = await engineAt(bench, from);
    const answer = await site.perform({
      do: 'raw',
      to,
      bytes,
      ...(next === undefined ? {} : { next }),
      timeoutMs: 5000,
    });
    const ping = await site.perform({ do: 'http', to, method: 'GET', path: '/_ping' });
    return { did: name, out: { answer, alive: ping.ok && ping.value.status === 200 } };
  },
  judge({ answer, alive }, { secret }) {
    if (!answer.ok) return failed(answer);
    const { text } = answer.value;
    if (text.includes(secret)) return breached('the engine answered with the canary');
    if (!alive) return unclear('nothing answers an ordinary request afterwards');
    // SETTINGS is the first frame of an HTTP/2 server (RFC 9113, section 3.4).
    if (text.charCodeAt(3) === 4 && !text.startsWith('HTTP/')) return breached('HTTP/2 is spoken');
    const statuses = [...text.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => status);
    if (text === '' || statuses.length > 0) return held(statuses.join(', ') || 'closed without an answer');
    return unclear(short(text, 60));
  },
});
