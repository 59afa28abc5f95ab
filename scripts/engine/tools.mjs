// Small tools of the engine scripts: talk on stderr, run programs, ask an engine over its socket.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { request } from 'node:http';
import { delimiter, join } from 'node:path';

export const say = (text) => process.stderr.write(`engine: ${text}\n`);

/** Ends the script: something is wrong that a person must decide. */
export class Stop extends Error {}

/** Runs a program and gives its output; its own complaints are shown only if it fails. */
export function run(argv, options = {}) {
  const [program, ...args] = argv;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 256 << 20,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  if (error || status !== 0) {
    const last = (error ? error.message : `${stdout}${stderr}`).trimEnd().split('\n').slice(-20).join('\n');
    throw new Stop(`${argv.join(' ')} failed:\n${last}`);
  }
  return stdout.trim();
}

/** The output of a program that ends well in good time, or undefined. */
export function answer([program, ...args]) {
  const { status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** Whether a program ends well. */
export const succeeds = (argv, options = {}) =>
  spawnSync(argv[0], argv.slice(1), { stdio: 'ignore', ...options }).status === 0;

/** The first folder of PATH that has this program, or undefined. */
export function which(program, path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** GET on an engine's socket: `{ status, body }`, or undefined if nobody answers in time. */
export function ask(socketPath, path, timeout = 5_000) {
  return new Promise((resolve) => {
    const call = request({ socketPath, path, timeout, headers: { host: 'engine' } }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', () => resolve(undefined));
      answer.on('end', () => resolve({ status: answer.statusCode, body: Buffer.concat(chunks).toString('utf8') }));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(undefined));
    call.end();
  });
}

/** The version of the engine that answers on a socket, or undefined. */
export async function engineVersion(socketPath) {
  const answer = await ask(socketPath, '/version');
  if (answer?.status !== 200) return undefined;
  try {
    const { Version } = JSON.parse(answer.body);
    return typeof Version === 'string' ? Version : undefined;
  } catch {
    return undefined;
  }
}

export const major = (version) => Number.parseInt(version, 10);
