import type { Facts, Outcome } from '../core/probing.ts';
import { type Bench, defineProbe, type Place } from './probe.ts';
import { breached, failed, held, need, UNREACHABLE } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly host: string;
  readonly port: number;
}

/** 2375 and 2376 are the engine's registered ports. */
const PORTS = [2375, 2376];
/** Of no registered service, for the control where we stand. */
const CANARY = 42_375;
/** Addresses inside Docker Desktop's machine; CVE-2025-9074: the API answered there, unauthenticated. */
const DESKTOP = ['192.168.65.1', '192.168.65.2', '192.168.65.7', '192.168.65.254'];

/** What the table of routes calls the gateway (proc_net(5)): little-endian hexadecimal. */
function gatewayOf(routes: string): readonly string[] {
  const found = routes.split('\n').flatMap((line) => {
    const [, destination, gateway = ''] = line.trim().split(/\s+/);
    return destination === '00000000' && /^[0-9A-F]{8}$/.test(gateway) ? [gateway] : [];
  });
  return found.map((hex) => [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.'));
}

async function hostsHere(bench: Bench): Promise<readonly string[]> {
  const site = await bench.at('box');
  const names = ['127.0.0.1', 'host.docker.internal', 'gateway.docker.internal'];
  // Outside of a container the gateway is a router of somebody, and no host of ours.
  const inContainer = await site.perform({ do: 'read', path: '/.dockerenv', limit: 1 });
  if (!inContainer.ok) return names;
  const routes = need(await site.perform({ do: 'read', path: '/proc/net/route' }), 'routes');
  return [...gatewayOf(routes.text), ...names];
}

async function hosts(bench: Bench): Promise<readonly string[]> {
  if (bench.from === 'inside') return await hostsHere(bench);
  const { networks } = await bench.container('box');
  const gateways = networks.map(({ gateway }) => gateway).filter((address) => address !== '');
  const desktop = /desktop/i.test(bench.engineSystem) ? DESKTOP : [];
  return [...gateways, 'host.docker.internal', 'gateway.docker.internal', ...desktop];
}

export default defineProbe<Target, Outcome<Facts['http']>>({
  id: 'engine-tcp',
  title: 'No container engine answers over TCP, except through the firewall',
  group: 'docker',
  attacks: ['DKR-06', 'DKR-07', 'NET-06'],
  why: 'An engine that listens on the host, or inside Docker Desktop’s machine, needs no mounted socket.',
  leaves: 'Other ports and other machines, while egress is open.',
  async inside(bench) {
    const at = { host: '127.0.0.1', port: CANARY };
    need(await (await bench.at('box')).perform({ do: 'serve', at, as: 'engine' }), 'canary engine');
    return { place: 'box', ...at };
  },
  async targets(bench) {
    const found = await hosts(bench);
    return found.flatMap((host) => PORTS.map((port): Target => ({ place: 'box', host, port })));
  },
  async control(bench) {
    const at = { host: '127.0.0.1', port: 2375 };
    need(await (await bench.at('weak', 'root')).perform({ do: 'serve', at, as: 'engine' }), 'canary engine');
    return { place: 'weak', ...at };
  },
  async attempt(bench, { place, host, port }) {
    const site = await bench.at(place);
    const to = { host, port };
    const connected = await site.perform({ do: 'connect', to, timeoutMs: 5000 });
    const out: Outcome<Facts['http']> = connected.ok
      ? await site.perform({ do: 'http', to, method: 'GET', path: '/_ping' })
      : connected;
    return { did: `GET /_ping from ${host}:${port}`, out };
  },
  judge(out) {
    if (out.ok) {
      const engine = out.value.status === 200 && 'api-version' in out.value.headers;
      return engine ? breached('an engine answers') : held(`${out.value.status}, not an engine`);
    }
    // Without a finished TCP handshake there is nobody to speak an API to; the control's was finished in this run.
    if (UNREACHABLE.has(out.code) || out.code === 'connect-timeout') return held(out.code);
    if (out.code === 'ENOTFOUND' || out.code === 'EAI_AGAIN') return held(`${out.code}: no such name`);
    return failed(out);
  },
});
