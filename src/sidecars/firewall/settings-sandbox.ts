import net from 'node:net';
import { isImagePattern } from './sandbox/images.ts';
import { GATEWAY } from './sandbox/ports.ts';
import type { SandboxSettings } from './sandbox.ts';
import type { Visible } from './scope.ts';
import { doubt, type Flag, type Given, variableOf } from './settings-given.ts';

const OPTIONS = ['--network', '--publish', '--containers', '--memory', '--cpus', '--pids'] as const;
const UNITS = { m: 1024 ** 2, g: 1024 ** 3 } as const;
/** What Docker itself takes at least (moby: daemon/daemon_unix.go, linuxMinMemory). */
const MIN_MEMORY = 6 * UNITS.m;

const NETWORK = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;
/** Words that Docker reads as something other than a network’s name. `host` would be the host’s own network. */
const MODES: ReadonlySet<string> = new Set(['host', 'none', 'default', 'container']);

/** What containers of the client may be. Nothing can be made unless images are named. */
export function parseSandbox(given: Given, visible: Visible): SandboxSettings {
  const images = given.all('--image');
  for (const image of images) {
    if (!isImagePattern(image)) {
      throw doubt(
        `--image ${JSON.stringify(image)} is not NAME, NAME:TAG, NAME:*, NAME@DIGEST, PATH/* or * (Docker Hub)`,
      );
    }
  }
  const network = given.one('--network');
  if (network !== undefined && (!NETWORK.test(network) || MODES.has(network))) {
    throw doubt(`--network is ${JSON.stringify(network)}; allowed: the name of a network`);
  }
  const publish = given.one('--publish');
  if (publish !== undefined && publish !== GATEWAY && net.isIP(publish) === 0) {
    throw doubt('--publish must be an address, like 127.0.0.1, or gateway');
  }
  if (publish === GATEWAY && network === undefined)
    throw doubt('--publish gateway needs --network, whose gateway it is');
  return {
    // No project is called so; and a restarted firewall knows again what was made through it.
    owner: visible.kind === 'all' ? '*' : visible.project,
    network,
    images,
    publish,
    containers: whole(given, '--containers', 8, 1000),
    memory: size(given.one('--memory') ?? '1g'),
    cpus: cpus(given.one('--cpus') ?? '2'),
    pids: whole(given, '--pids', 512, 1_000_000),
  };
}

/** Without the level that makes containers, words about them would be ignored. */
export function refuseSandbox(given: Given): void {
  const [first] = [...OPTIONS.filter((flag) => given.one(flag) !== undefined), ...imagesOf(given)];
  if (first !== undefined) throw doubt(`${first} (or ${variableOf(first)}) is for level sandboxed`);
}

const imagesOf = (given: Given): readonly Flag[] => (given.all('--image').length > 0 ? ['--image'] : []);

function whole(given: Given, flag: '--containers' | '--pids', fallback: number, max: number): number {
  const text = given.one(flag);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d{1,7}$/.test(text) && value >= 1 && value <= max) return value;
  throw doubt(`${flag} is ${JSON.stringify(text)}; allowed: 1 to ${max}`);
}

function size(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([mg])$/.exec(text) ?? [];
  const bytes = Number(amount) * (unit === 'g' ? UNITS.g : UNITS.m);
  if (bytes >= MIN_MEMORY) return bytes;
  throw doubt(`--memory is ${JSON.stringify(text)}; allowed: 6m and more, like 512m or 2g`);
}

function cpus(text: string): number {
  const value = Number(text);
  if (/^\d{1,4}(?:\.\d{1,3})?$/.test(text) && value >= 0.01) return value;
  throw doubt(`--cpus is ${JSON.stringify(text)}; allowed: 0.01 and more, like 1.5`);
}
