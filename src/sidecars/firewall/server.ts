import net from 'node:net';
import type { Audit } from '../audit.ts';
import { type Conversation, converse } from './conversation.ts';
import { makeForward } from './forward.ts';
import { makeGates } from './gates.ts';
import { addressOf, isOwn, listen } from './listen.ts';
import { makeLookUp } from './lookup.ts';
import { makeReading } from './reading.ts';
import type { Settings } from './settings.ts';
import { connectEngine } from './upstream.ts';

/** How often connections are looked at whose time is over. */
const TICK_MS = 500;

export interface Firewall {
  /** Where the first of the listeners is. */
  readonly address: string;
  load(): { readonly connections: number; readonly streams: number };
  close(): Promise<void>;
}

export async function startFirewall(settings: Settings, audit: Audit): Promise<Firewall> {
  const engine = connectEngine(settings.upstream);
  const gates = makeGates(settings.limits);
  const shared = {
    reading: makeReading(settings.access),
    audit,
    gates,
    bodies: { open: 0 },
    lookUp: makeLookUp(engine, settings),
    forward: makeForward(engine),
  };
  const open = new Map<net.Socket, Conversation>();
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
  const load = () => ({
    connections: open.size,
    streams: [...open.values()].filter((conversation) => conversation.streams()).length,
  });
  return { address: places[0] ?? '', load, close };
}
