#!/usr/bin/env node
// A second engine that is years old, for the traps of its API which current engines have closed: Debian 12's own, 20.10
// (API 1.41, speaks down to 1.12).
//
//     scripts/engine/old.mjs up      prints its address; a second run finds it running
//     scripts/engine/old.mjs down    stops it; images stay in the cache, unless `--purge` is added
//
// It shares no namespace with the engine in use: two daemons in one network namespace rewrite each other's firewall
// chains. Its containers get no network.
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unpackOnce } from './packages.mjs';
import { SETTINGS } from './settings.mjs';
import { engineVersion, Stop, say, which } from './tools.mjs';

const SUITE = 'bookworm';
const VERSION = '20.10.';
const root = join(SETTINGS.cache, `old-${SUITE}`);
const OLD = {
  root,
  bin: join(root, 'bin'),
  data: join(SETTINGS.cache, 'old-data'),
  run: '/run/cofferdam-old',
  socket: '/run/cofferdam-old/docker.sock',
  log: '/run/cofferdam-old/dockerd.log',
  pidFile: '/run/cofferdam-old/unshare.pid',
  cgroup: 'cofferdam-old',
};
/** The last is the one library of dockerd that not every Debian has. */
const PACKAGES = ['docker.io', 'containerd', 'runc', 'tini', 'libdevmapper1.02.1'];
/** Name on its PATH → in the packages. The daemon is called otherwise so that nobody takes it for the one in use. */
const PROGRAMS = {
  'dockerd-old': 'usr/sbin/dockerd',
  'docker-proxy': 'usr/sbin/docker-proxy',
  'docker-init': 'usr/bin/tini-static',
  containerd: 'usr/bin/containerd',
  'containerd-shim-runc-v2': 'usr/bin/containerd-shim-runc-v2',
  runc: 'usr/sbin/runc',
};

function unpack() {
  unpackOnce({
    folder: OLD.root,
    suite: SUITE,
    packages: PACKAGES,
    title: 'the old engine',
    finish(work) {
      const [tree, bin] = ['tree', 'bin'].map((name) => join(work, name));
      mkdirSync(bin);
      for (const [name, path] of Object.entries(PROGRAMS)) {
        if (!existsSync(join(tree, path))) throw new Stop(`the packages of Debian ${SUITE} hold no ${path}`);
        symlinkSync(join('../tree', path), join(bin, name));
      }
    },
  });
}

/** The process that holds our daemon's namespaces, if it runs. Numbers are used again, so its command line is looked at. */
function holder() {
  try {
    const pid = Number(readFileSync(OLD.pidFile, 'utf8'));
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(`unix://${OLD.socket}`) ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function up() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Stop('only root on Linux can bring up the old engine');
  if (!which('unshare')) throw new Stop('unshare (util-linux) is needed to bring up the old engine');
  unpack();
  if (!holder()) {
    rmSync(OLD.run, { recursive: true, force: true });
    for (const folder of [OLD.run, OLD.data]) mkdirSync(folder, { recursive: true });
    const config = join(OLD.run, 'daemon.json'); // the machine's is not ours to follow
    writeFileSync(config, '{}\n');
    const triplet = readdirSync(join(OLD.root, 'tree/lib')).find((name) => name.includes('-linux-gnu'));
    const settings = [
      ['--config-file', config],
      ['--data-root', OLD.data],
      ['--exec-root', OLD.run],
      ['--pidfile', join(OLD.run, 'docker.pid')],
      ['--host', `unix://${OLD.socket}`],
      ['--cgroup-parent', `/${OLD.cgroup}`],
      ['--bridge', 'none'],
      ['--iptables=false', '--ip6tables=false', '--ip-forward=false'],
    ];
    const apart = ['--net', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const output = openSync(OLD.log, 'w');
    const child = spawn('unshare', [...apart, 'dockerd-old', ...settings.flat()], {
      detached: true,
      stdio: ['ignore', output, output],
      env: {
        ...process.env,
        PATH: `${OLD.bin}:${process.env.PATH}`,
        LD_LIBRARY_PATH: join(OLD.root, 'tree/lib', triplet ?? ''),
      },
    });
    child.unref();
    writeFileSync(OLD.pidFile, `${child.pid}\n`);
  }
  for (let tries = 0; tries < 300; tries++) {
    const version = await engineVersion(OLD.socket);
    if (version?.startsWith(VERSION)) return;
    if (version) throw new Stop(`the engine at ${OLD.socket} is ${version}, not ${VERSION}x`);
    await sleep(100);
  }
  throw new Stop(`the old engine did not start:\n${readFileSync(OLD.log, 'utf8').split('\n').slice(-15).join('\n')}`);
}

/** When the daemon, the first process of its namespace, ends, the kernel ends the others and drops the mounts. */
async function down() {
  const pid = holder();
  if (!pid) return false;
  const daemon = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  process.kill(daemon ? Number(daemon) : pid, 'SIGTERM');
  for (let tries = 0; existsSync(`/proc/${pid}`); tries++) {
    if (tries === 300) throw new Stop(`the old engine (process ${pid}) does not stop`);
    await sleep(100);
  }
  rmSync(OLD.run, { recursive: true, force: true });
  for (const controller of ['', ...readdirSync('/sys/fs/cgroup')]) {
    const left = join('/sys/fs/cgroup', controller, OLD.cgroup);
    if (existsSync(left)) rmdirSync(left);
  }
  return true;
}

try {
  const [verb, ...more] = process.argv.slice(2);
  if (verb === 'up' && more.length === 0) {
    await up();
    console.log(`unix://${OLD.socket}`);
  } else if (verb === 'down' && (more.length === 0 || more.join() === '--purge')) {
    say((await down()) ? 'stopped the old engine' : 'no old engine runs');
    if (more.length) rmSync(OLD.data, { recursive: true, force: true });
  } else throw new Stop('old.mjs up | down [--purge]');
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  say(error.message);
  process.exitCode = 1;
}
