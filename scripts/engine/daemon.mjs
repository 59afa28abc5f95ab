// Finding an engine, and starting and stopping one of our own where there is none.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SETTINGS } from './settings.mjs';
import { answer, engineVersion, major, run, Stop, succeeds, which } from './tools.mjs';

/** The engine that this user's docker CLI or the usual socket leads to: `{ host, version }`, or undefined. */
export async function findEngine() {
  const { DOCKER_HOST, XDG_RUNTIME_DIR } = process.env;
  // The CLI knows contexts and remote engines, too. Where it leads nowhere, the sockets are asked.
  const version = which('docker') && answer(['docker', 'version', '--format', '{{.Server.Version}}']);
  if (version) {
    const host = answer(['docker', 'context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
    return usable({ host: undefined, socket: /^unix:\/\/(\/.*)$/.exec(host ?? '')?.[1], version });
  }
  if (DOCKER_HOST && DOCKER_HOST !== `unix://${SETTINGS.socket}`) {
    const socket = /^unix:\/\/(\/.*)$/.exec(DOCKER_HOST)?.[1];
    const named = socket && (await engineVersion(socket));
    if (named) return usable({ host: DOCKER_HOST, socket, version: named });
    throw new Stop(`DOCKER_HOST is ${DOCKER_HOST}, where no engine answers: start that one, or unset DOCKER_HOST`);
  }
  const sockets = [SETTINGS.socket, '/run/docker.sock', ...(XDG_RUNTIME_DIR ? [`${XDG_RUNTIME_DIR}/docker.sock`] : [])];
  for (const socket of sockets) {
    const heard = await engineVersion(socket);
    if (heard) return usable({ host: `unix://${socket}`, socket, version: heard });
  }
  return undefined;
}

function usable(engine) {
  if (major(engine.version) >= SETTINGS.oldest) return engine;
  throw new Stop(
    `the engine here is ${engine.version}; ${SETTINGS.oldest} or newer is needed. It is left as it is: update it, or stop it`,
  );
}

/** The process number of our daemon, if it runs. Numbers are used again, so its command line is looked at too. */
export function ourDaemon() {
  try {
    const pid = Number(readFileSync(SETTINGS.pidFile, 'utf8'));
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.includes(SETTINGS.pidFile) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A second dockerd in one network namespace rewrites the firewall chains of the first: the isolation of its networks is
 * then gone (measured). A daemon that takes a socket over leaves its owner without one.
 */
export async function refuseToCollide() {
  const namespace = readlinkSync('/proc/self/ns/net');
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'dockerd') continue;
      if (readlinkSync(`/proc/${pid}/ns/net`) !== namespace) continue;
    } catch {
      continue; // it ended while we looked
    }
    throw new Stop(
      `dockerd runs already (process ${pid}), but no usable engine answers: set DOCKER_HOST to its socket`,
    );
  }
  const served = await new Promise((resolve) => {
    const socket = connect(SETTINGS.socket, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('close', () => socket.destroy());
    setTimeout(() => socket.destroy(), 2_000).unref();
  });
  if (served)
    throw new Stop(`something that is no Docker engine serves ${SETTINGS.socket}: set ENGINE_SOCKET to another path`);
}

function freeNetwork() {
  const taken = run(['ip', '-o', '-4', 'addr']) + run(['ip', '-o', '-4', 'route']);
  const free = SETTINGS.networks.find((prefix) => !taken.includes(` ${prefix}.`));
  if (!free) throw new Stop(`every network that the engine could use has addresses: ${SETTINGS.networks.join(', ')}`);
  return free;
}

/** Starts our daemon, if it does not run, and waits until it answers. Gives its version. */
export async function startDaemon() {
  if (!ourDaemon()) {
    const { run: folder, data, socket, bridge, pidFile, log, bin } = SETTINGS;
    for (const path of [folder, data]) mkdirSync(path, { recursive: true });
    if (succeeds(['ip', 'link', 'show', bridge])) run(['ip', 'link', 'del', bridge]); // of a daemon that was killed
    const network = freeNetwork();
    run(['ip', 'link', 'add', bridge, 'type', 'bridge']);
    run(['ip', 'addr', 'add', `${network}.0.1/24`, 'dev', bridge]);
    run(['ip', 'link', 'set', bridge, 'up']);
    const output = openSync(log, 'w');
    const settings = [
      ['--config-file', '/dev/null'], // the machine's daemon.json is not ours to follow
      ['--data-root', data],
      ['--exec-root', folder],
      ['--pidfile', pidFile],
      ['--host', `unix://${socket}`],
      ['--bridge', bridge],
      ['--default-address-pool', `base=${network}.128.0/17,size=24`],
    ];
    spawn(join(bin, 'dockerd'), settings.flat(), {
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    }).unref();
  }
  for (let tries = 0; tries < 300; tries++) {
    const version = await engineVersion(SETTINGS.socket);
    if (version) return version;
    await sleep(200);
  }
  const last = existsSync(SETTINGS.log)
    ? readFileSync(SETTINGS.log, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
    : '';
  throw new Stop(`dockerd did not start:\n${last}`);
}

/** Stops our daemon, with its bridge and run folder. What others started is left alone. */
export async function stopDaemon() {
  const pid = ourDaemon();
  if (!pid) return false;
  process.kill(pid, 'SIGTERM');
  for (let tries = 0; existsSync(`/proc/${pid}`); tries++) {
    if (tries === 300) throw new Stop(`dockerd (process ${pid}) does not stop`);
    await sleep(200);
  }
  if (succeeds(['ip', 'link', 'show', SETTINGS.bridge])) run(['ip', 'link', 'del', SETTINGS.bridge]);
  unmountBelow(SETTINGS.run);
  rmSync(SETTINGS.run, { recursive: true, force: true });
  return true;
}

/** The daemon keeps a network namespace mounted (netns/default); a mount point cannot be removed. */
function unmountBelow(folder) {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.sort().reverse()) run(['umount', point]);
}
