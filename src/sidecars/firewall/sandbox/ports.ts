import type { SandboxSettings } from '../sandbox.ts';
import type { Scope } from '../scope.ts';
import { closed, flag, list, pairs, type Reader, record, text, zero } from './read.ts';

const PORT = /^\d{1,5}(?:-\d{1,5})?(?:\/(?:tcp|udp|sctp))?$/;
const MAX_PORTS = 64;

/** `{"80/tcp": {}}` */
export const exposed: Reader<Readonly<Record<string, object>> | undefined> = (value, at) => {
  const given = pairs(PORT, zero, MAX_PORTS)(value, at);
  return given.length === 0 ? undefined : Object.fromEntries(given.map(([port]) => [port, {}]));
};

/** In place of an address: the one that the host has on the sandbox's network, which is known only when it exists. */
export const GATEWAY = 'gateway';

/** Where ports are published; undefined: nowhere. */
export const publishAddress = ({ publish }: SandboxSettings, { sandboxNetwork }: Scope): string | undefined =>
  publish === GATEWAY ? sandboxNetwork?.gateway : publish;

export interface Binding {
  readonly HostIp: string;
  readonly HostPort: string;
}

/**
 * Ports of the host. Only on the address that the settings give: others reach services of the host from outside, past
 * its packet filter. Low ports are the host's own.
 */
export const bindings =
  (publish: string | undefined): Reader<Readonly<Record<string, readonly Binding[]>> | undefined> =>
  (value, at) => {
    const binding: Reader<Binding> = record((take, here) => {
      take('HostIp', text(/^[0-9A-Fa-f.:]{1,45}$/));
      const port = take('HostPort', text(/^\d{1,5}$/));
      const number = Number(port);
      if (!(number === 0 || (number >= 1024 && number <= 65535))) {
        closed(`${here}.HostPort`, 'a port of the host can be from 1024 to 65535, or left to the engine');
      }
      const host = publish ?? closed(here, 'the settings name no address on which ports may be published');
      return { HostIp: host, HostPort: number === 0 ? '' : port };
    });
    const given = pairs(PORT, list(binding, 4), MAX_PORTS)(value, at);
    return given.length === 0 ? undefined : Object.fromEntries(given.map(([port, all]) => [port, all ?? []]));
  };

/** All ports of the image would be published on all addresses. */
export const publishAll: Reader<undefined> = (value, at) => {
  if (flag(value, at)) closed(at, 'name each port that is to be published');
  return undefined;
};
