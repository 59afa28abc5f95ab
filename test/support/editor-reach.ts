import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LAYOUT } from '../../src/policy/layout.ts';
import type { Editor } from './editor.ts';
import { NODE, OWN_SOCKET, PROGRAM } from './editor-rig.ts';
import { docker } from './live.ts';

/** No editor's: code-server's own, and what the editor's container reaches the agent's by, seen from the agent's. */
const OTHERS: ReadonlySet<string> = new Set([OWN_SOCKET, LAYOUT.terminalSocket]);
/** Sockets of the race, and no others. The guard takes them for an editor's. */
const PREFIX = 'vscode-ipc-00000000-';

/** What an attack in one terminal came to. */
export interface Reach {
  /** Variables of the editor with which the terminal's shell was started. */
  readonly terminal: readonly string[];
  /** How many such variables the environments of other processes hold that let the attack look. */
  readonly others: number;
  /** Each socket that was tried, and what it answered. */
  readonly sockets: Readonly<Record<string, string>>;
  /** Those that took the connection, without the two in OTHERS. */
  readonly connected: readonly string[];
  /** What listens on TCP, and what it says to somebody without a password. */
  readonly web: Readonly<Record<string, string>>;
}

const SPIN = '/opt/spin';
const ATTACK = '/opt/attack.mjs';
const CREATE = '/opt/create.mjs';

/** Puts the attack and its like where they are run: into the container of the editor's server, and the agent's. */
export function arm(server: string, agent: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-arm-'));
  try {
    docker('cp', `${server}:${PROGRAM}/bin/spin`, join(folder, 'spin'));
    for (const container of new Set([server, agent])) {
      docker('cp', join(folder, 'spin'), `${container}:${SPIN}`);
      docker('cp', resolve('test/support/editor-attack.mjs'), `${container}:${ATTACK}`);
      docker('cp', resolve('test/support/editor-create.mjs'), `${container}:${CREATE}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Attacks from the terminal that is shown. `words` name one more web server to ask. */
export async function attack(editor: Editor, ...words: readonly string[]): Promise<Reach> {
  const { code, output } = await editor.run(['node', ATTACK, ...words].join(' '));
  if (code !== 0) throw new Error(`the attack did not run:\n${output}`);
  const found: Reach = JSON.parse(output.slice(output.indexOf('{')));
  return { ...found, connected: found.connected.filter((path) => !OTHERS.has(path)) };
}

/** What became of sockets that were made while an attacker did nothing but try. */
export interface Race {
  readonly folder: string;
  /** Errors with which the kernel refused to make them, and how often. */
  readonly refused: Readonly<Record<string, number>>;
  /** How many were still there in the end. */
  readonly stayed: number;
  /** Milliseconds after which the others were gone. */
  readonly windows: readonly number[];
  /** To how many the attacker connected. */
  readonly won: number;
}

/**
 * Makes `count` sockets, 25 ms apart, in the container of the editor’s server and as its user, while an attacker spins in
 * the agent’s. They may be one container.
 */
export async function race(
  server: string,
  agent: string,
  { count, patience }: { count: number; patience: number },
): Promise<Race> {
  const exec = (container: string, ...words: string[]) =>
    spawn('docker', ['exec', '-i', '-u', 'vscode', container, ...words]);
  const folders = ['/tmp', '/tmp/user/1000', '/run/cofferdam', '/run/user/1000'];
  const attacker = exec(agent, SPIN, PREFIX, ...folders);
  try {
    const spun = lines(attacker);
    if ((await spun.next()).value !== 'spinning') throw new Error('the attacker did not start');
    const maker = exec(server, NODE, CREATE, PREFIX, String(count), '25', String(patience));
    const made = await lines(maker).next();
    attacker.stdin.end();
    const won = await spun.next();
    return { ...JSON.parse(String(made.value)), won: Number(won.value) };
  } finally {
    attacker.kill();
  }
}

/** What a program prints, line by line; if it fails, its complaint. */
async function* lines(child: ChildProcessWithoutNullStreams): AsyncGenerator<string> {
  let [rest, complaint] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint += chunk;
  });
  const ended = once(child, 'close');
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  await ended;
  throw new Error(`no more output: ${rest}${complaint}`);
}

/** The value below which a share of the others lies. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
