import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe } from './probe.ts';
import { engineAt, userFor, withoutDocker } from './support/docker.ts';
import { breached, failed, held, short, unclear } from './support/judge.ts';

interface Target {
  readonly from: 'box' | 'weak';
  readonly request: string;
  readonly line: string;
  readonly next: string;
  readonly proof: string;
}

/** A masked text frame (RFC 6455, section 5.2) with a mask of zeros. */
const frame = (text: string): string => `\x81${String.fromCharCode(0x80 | text.length)}\0\0\0\0${text}`;

async function attach(bench: Bench, from: Target['from'], by: 'websocket' | 'hijack'): Promise<Target> {
  const { id } = await bench.container('foreign');
  // The sum is worked out over there: its result cannot be an echo of what was sent.
  const command = `echo $((40 + 2))${bench.nonce}\n`;
  const query = 'stream=1&stdin=1&stdout=1&stderr=1';
  const line =
    by === 'websocket' ? `GET /containers/${id}/attach/ws?${query}` : `POST /containers/${id}/attach?${query}`;
  const upgrade =
    by === 'websocket'
      ? 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Y29mZmVyZGFtIHByb2JlIQ==\r\nOrigin: http://docker\r\n'
      : 'Upgrade: tcp\r\nContent-Length: 0\r\n';
  return {
    from,
    line: line.replace(id, id.slice(0, 12)),
    request: `${line} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\n${upgrade}\r\n`,
    next: by === 'websocket' ? frame(command) : command,
    proof: `42${bench.nonce}`,
  };
}

export default defineProbe<Target, Outcome<Facts['raw']>>({
  id: 'foreign-attach',
  title: 'Nobody can type into another project’s container',
  group: 'docker',
  attacks: ['DKR-02', 'DKR-04'],
  why: 'Attaching by WebSocket is a GET: through a proxy that stops POST and exec it still gave a root shell in another project’s container.',
  leaves: 'Faults in the firewall.',
  inside: 'no',
  notApplicable: withoutDocker,
  targets: (bench) => Promise.all([attach(bench, 'box', 'websocket'), attach(bench, 'box', 'hijack')]),
  control: (bench) => attach(bench, 'weak', 'websocket'),
  async attempt(bench, { from, request, next, proof, line }) {
    const site = await bench.at(from, userFor(from));
    const to = await engineAt(bench, from);
    return {
      did: line,
      out: await site.perform({ do: 'raw', to, bytes: request, next, until: proof, timeoutMs: 10_000 }),
    };
  },
  judge(out, { proof }) {
    if (!out.ok) return failed(out);
    const { text } = out.value;
    if (text.includes(proof)) return breached('a command ran there and its output came back');
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
    if (status === '101' || status === '200') return breached(`${status}: the connection was handed over`);
    if (status !== undefined && ['400', '403', '404', '405'].includes(status)) return held(`refused with ${status}`);
    return unclear(`no answer that says anything: ${short(text, 60)}`);
  },
});
