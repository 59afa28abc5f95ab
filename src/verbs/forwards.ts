import { readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadPolicy } from './load-policy.ts';
import { environmentOf } from './project.ts';

/** A port of the box, and where this machine finds it. */
export interface ForwardedPort {
  readonly port: number;
  readonly url: string;
}

export interface Forwards {
  readonly ports: readonly ForwardedPort[];
  /** For a browser profile in which `localhost:PORT` is this box's. */
  readonly proxy: string;
}

/** The ports that initialize.sh has chosen for this folder; undefined if the policy forwards none, or it has not run yet. */
export function forwards(root: string): Forwards | undefined {
  const wanted = loadPolicy(root).policy.forward ?? [];
  if (wanted.length === 0) return undefined;
  const chosen = new Map(
    [...environmentOf(root).matchAll(/^COFFERDAM_FORWARD_(\d+|PROXY)=(\d{4,5})$/gm)].map(([, name, port]) => [
      name,
      port,
    ]),
  );
  const proxy = chosen.get('PROXY');
  const ports = wanted.flatMap((port) => {
    const found = chosen.get(String(port));
    return found === undefined ? [] : [{ port, url: `http://localhost:${found}` }];
  });
  return proxy === undefined || ports.length < wanted.length
    ? undefined
    : { ports, proxy: `http://127.0.0.1:${proxy}` };
}

/** Where initialize.sh notes which folder has which port. */
const claimsFolder = (): string =>
  join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'cofferdam/ports');

/** Gives back the ports that a folder has claimed, and says which. */
export function releasePorts(root: string): readonly string[] {
  const folder = claimsFolder();
  const own = realpathSync(root);
  return names(folder).filter((port) => {
    const mine = /^\d+$/.test(port) && readFileSync(join(folder, port), 'utf8').split('\n')[0] === own;
    if (mine) rmSync(join(folder, port));
    return mine;
  });
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []; // nobody has claimed any yet
    throw error;
  }
}
