import { existsSync, lstatSync } from 'node:fs';
import { ToolError } from '../../core/errors.ts';
import { parsePorts } from '../../policy/ports.ts';
import { parseFlags } from '../flags.ts';
import { PATIENCE_MS } from './reach.ts';

export interface ForwardSettings {
  /** Holds a socket for each port. */
  readonly folder: string;
  readonly ports: readonly number[];
  /** Where the proxy listens, if it does. */
  readonly proxy: number | undefined;
  /** `loopback`: this machine only. `all`: a container's own network, whose ports the engine publishes. */
  readonly listen: 'loopback' | 'all';
  readonly limits: ForwardLimits;
}

export interface ForwardLimits {
  /** Connections at once, for one port and for all together. */
  readonly perPort: number;
  readonly total: number;
  /** So long is an app waited for. */
  readonly patienceMs: number;
}

/**
 * A browser keeps six for each page and server; development servers keep one more for each page. If all of these are slow
 * in both directions, they hold less than the sidecar's memory (256 MB).
 */
export const FORWARD_LIMITS: ForwardLimits = { perPort: 128, total: 256, patienceMs: PATIENCE_MS };

export const doubt = (message: string): ToolError =>
  new ToolError(
    'settings-invalid',
    message,
    'forward --folder FOLDER --port PORT… [--proxy PORT] [--listen loopback|all]',
  );

export function parseForwardSettings(argv: readonly string[]): ForwardSettings {
  const flags = parseFlags(argv, ['--folder', '--port', '--proxy', '--listen'], new Set(['--port']), doubt);
  const folder = flags.get('--folder')?.[0] ?? '';
  if (!folder.startsWith('/') || folder.includes('\0')) throw doubt('--folder needs an absolute path');
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw doubt(`--folder ${folder} is not a folder`);
  if (!existsSync('/proc/self/fd')) throw doubt('forward needs Linux, whose /proc names what is connected to');
  const ports = parsePorts(flags.get('--port') ?? []);
  if (typeof ports === 'string') throw doubt(`--port: ${ports}`);
  if (ports.length === 0) throw doubt('--port is missing');
  const proxy = proxyPort(flags.get('--proxy')?.[0], ports);
  const listen = flags.get('--listen')?.[0] ?? 'loopback';
  if (listen !== 'loopback' && listen !== 'all') throw doubt('--listen must be loopback or all');
  return { folder, ports, proxy, listen, limits: FORWARD_LIMITS };
}

function proxyPort(value: string | undefined, ports: readonly number[]): number | undefined {
  if (value === undefined) return undefined;
  const parsed = parsePorts([value]);
  const [port] = parsed;
  if (typeof port !== 'number' || parsed.length !== 1) throw doubt('--proxy must be one port from 1024 to 65535');
  if (ports.includes(port)) throw doubt(`--proxy: ${port} is a forwarded port too`);
  return port;
}

/** The port whose proxy is asked whether it answers. */
export function parseHealth(argv: readonly string[]): number {
  const port = proxyPort(parseFlags(argv, ['--proxy'], new Set(), doubt).get('--proxy')?.[0], []);
  if (port === undefined) throw doubt('--proxy is missing');
  return port;
}
