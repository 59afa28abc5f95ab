#!/usr/bin/env node
// Finds a container engine, or brings one up on a bare Debian machine: dockerd, docker CLI, compose and buildx from
// Debian packages. Prints what a shell needs to use it, and nothing else, on stdout:
//
//     eval "$(scripts/engine/up.mjs)"        stop it again: scripts/engine/down.mjs
//
// ENGINE_CACHE, ENGINE_SUITE, ENGINE_SOCKET and ENGINE_IMAGES are explained in settings.mjs. A second run finds
// everything done. Exit status: 0 there is an engine, 1 there is none; stderr says why.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findEngine, ourDaemon, refuseToCollide, startDaemon } from './daemon.mjs';
import { provideImages } from './images.mjs';
import { need, unpackEngine } from './packages.mjs';
import { SETTINGS } from './settings.mjs';
import { Stop, say, succeeds, which } from './tools.mjs';

async function up() {
  const found = await findEngine();
  if (!found && (process.platform !== 'linux' || process.getuid?.() !== 0)) {
    throw new Stop('no engine answers, and only root on Linux can bring one up: install Docker, or start it');
  }
  if (!found && !ourDaemon()) await refuseToCollide();
  const exports = {};
  const host = found ? found.host : `unix://${SETTINGS.socket}`;
  if (host) exports.DOCKER_HOST = host;
  // The CLI and its plug-ins, unless this machine has them.
  if (!which('docker') || !succeeds(['docker', 'compose', 'version']) || !succeeds(['docker', 'buildx', 'version'])) {
    unpackEngine();
    exports.DOCKER_CONFIG = SETTINGS.config;
    exports.PATH = `${SETTINGS.bin}:${process.env.PATH}`;
  }
  Object.assign(process.env, exports);
  let version = found?.version;
  if (!found) {
    need('iptables');
    need('ip', 'iproute2');
    unpackEngine();
    version = await startDaemon();
  }
  const ours = ourDaemon() !== undefined;
  await provideImages({ socket: ours ? SETTINGS.socket : found.socket, ours });
  say(`${found ? 'using' : 'started'} engine ${version}${host ? ` at ${host}` : ''}`);
  return exports;
}

/** A word for a POSIX shell. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const script = fileURLToPath(import.meta.url);
if (process.platform === 'linux' && !process.argv.includes('--locked')) {
  // Of two callers at once the second finds everything done. `--close`: the daemon must not inherit the lock.
  mkdirSync(SETTINGS.cache, { recursive: true });
  const lock = join(SETTINGS.cache, 'lock');
  const { status } = spawnSync('flock', ['--close', lock, process.execPath, script, '--locked'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else {
  try {
    for (const [name, value] of Object.entries(await up())) console.log(`export ${name}=${quoted(value)}`);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
