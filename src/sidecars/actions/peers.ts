import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { doubt } from './settings.ts';

/** An address of this machine, and whether another one is on its network. */
export interface Own {
  readonly address: string;
  isNear(peer: string): boolean;
}

/**
 * The name of a service may stand for an address on each network that it is on; the one that is listened on decides who
 * may call. A packet that came in through another network has a peer of that one, so this holds whatever is routed.
 */
export async function ownAddress(host: string): Promise<Own> {
  const { address } = await lookup(host, { family: net.isIP(host) || 4 }).catch((error: unknown) => {
    throw doubt(`--listen ${host}: ${error instanceof Error ? error.message : error}`);
  });
  const found = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find((each) => each.address === address);
  if (!found?.cidr) throw doubt(`--listen ${host}: ${address} is no address of this machine`);
  const [base = '', bits = ''] = found.cidr.split('/');
  const near = new net.BlockList();
  near.addSubnet(base, Number(bits), found.family === 'IPv6' ? 'ipv6' : 'ipv4');
  return {
    address,
    isNear: (peer) => net.isIP(peer) !== 0 && near.check(peer, net.isIP(peer) === 6 ? 'ipv6' : 'ipv4'),
  };
}
