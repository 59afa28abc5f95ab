import net from 'node:net';
import { ToolError } from '../../core/errors.ts';
import type { Audit } from '../audit.ts';
import { converse } from './conversation.ts';
import { makeForward } from './forward.ts';
import { makeGates } from './gates.ts';
import { ANYWHERE } from './health.ts';
import { makeLookUp } from './lookup.ts';
import { makeReading } from './reading.ts';
import type { Address, Settings } from './settings.ts';
import { connectEngine } from './upstream.ts';

/** How often connections are looked at whose time is over. */
const TICK_MS = 500;

export interface Firewall {
  /** Where the first of the listeners is. */
  readonly address: string;
  close(): Promise<void>;
}

export async function startFirewall(settings: Settings, audit: Audit): Promise<Firewall> {
  const engine = connectEngine(settings.upstream);
  const gates = makeGates(settings.limits);
  const shared = {
    reading: makeReading(settings.access),
    audit,
    gates,
    lookUp: makeLookUp(engine, settings),
    forward: makeForward(engine),
  };
  const open = new Map<net.Socket, { tick(now: number): void }>();
  const clock = setInterval(() => {
    const now = performance.now();
    for (const conversation of open.values()) conversation.tick(now);
  }, TICK_MS);
  const servers: net.Server[] = [];
  const close = async (): Promise<void> => {
    clearInterval(clock);
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const socket of open.keys()) socket.destroy();
    engine.close();
    await Promise.all(closed);
  };
  for (const address of settings.listen) {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      if (!(open.size < gates.connections)) {
        socket.destroy();
        return;
      }
      open.set(socket, converse(socket, { ...shared, trusted: isOwn(socket, address) }));
      socket.on('close', () => open.delete(socket));
    });
    servers.push(server);
    try {
      await listen(server, address);
    } catch (error) {
      await close();
      throw error;
    }
  }
  const places = servers.map(addressOf);
  const { visible } = settings;
  const scope = visible.kind === 'all' ? 'all' : `project=${visible.project}`;
  const services = visible.kind === 'all' ? '' : visible.services.join(',');
  audit('started', { listen: places.join(','), scope, services, level: settings.access.level });
  return { address: places[0] ?? '', close };
}

function listen(server: net.Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new ToolError('settings-invalid', `cannot listen there: ${error.message}`, 'Choose a free --listen address.', {
          cause: error,
        }),
      ),
    );
    server.listen(
      address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port, backlog: 511 },
      resolve,
    );
  });
}

function addressOf(server: net.Server): string {
  const bound = server.address();
  if (bound === null) throw new Error('the listener has no address');
  if (typeof bound === 'string') return `unix://${bound}`;
  return `tcp://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
}

/** Whether a connection comes from our own container. If we listen there and nowhere else, that says nothing. */
function isOwn({ remoteAddress }: net.Socket, address: Address): boolean {
  return address.kind === 'tcp' && ANYWHERE.has(address.host) && LOOPBACK.has(remoteAddress ?? '');
}
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
