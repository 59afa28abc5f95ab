// The engine's programs, from Debian packages that are unpacked into the cache and never installed: the machine keeps
// the packages that it has.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from './settings.mjs';
import { run, Stop, say, succeeds, which } from './tools.mjs';

const PACKAGES = ['docker.io', 'docker-cli', 'containerd', 'runc', 'docker-compose', 'docker-buildx', 'tini-static'];
/** Libraries for runc alone, where the machine's C library is too old for it. */
const LIBRARIES = ['libc6', 'libseccomp2'];
/** What dockerd starts by name, and the CLI. */
const PROGRAMS = ['dockerd', 'docker-proxy', 'containerd', 'containerd-shim-runc-v2', 'runc', 'docker'];
const FOLDERS = ['usr/bin', 'usr/sbin', 'usr/libexec/docker', 'usr/lib/docker'];

/** The Debian mirror that this machine already uses. apt reads both formats of its sources for us. */
export function mirror() {
  if (!which('apt-get')) throw new Stop('no apt-get: a Debian machine is needed to bring up an engine from packages');
  const ask = (...filters) =>
    run([
      'apt-get',
      'indextargets',
      '--format',
      '$(RELEASE) $(REPO_URI)',
      'Created-By: Packages',
      'Component: main',
      ...filters,
    ])
      .split('\n')
      .filter(Boolean);
  let sources = ask('Origin: Debian');
  if (sources.length === 0) {
    // Who publishes a source is known only after its Release file was read.
    run(['apt-get', '-q', 'update']);
    sources = ask('Origin: Debian');
  }
  const own = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const found = sources.find((line) => line.startsWith(`${own} `)) ?? sources[0];
  const address = found?.split(' ')[1];
  if (!address) throw new Stop('apt has no Debian source: add one and try again');
  return address;
}

/** Installs a program of the machine's own release if it is missing, from these packages or the one of its name. */
export function need(program, ...packages) {
  if (which(program)) return;
  const names = packages.length ? packages : [program];
  say(`installing ${names.join(', ')}, which this machine lacks`);
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends'];
  const install = ['apt-get', ...options, ...names];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (succeeds(install, { env })) return;
  run(['apt-get', '-q', 'update']);
  run(install, { env });
}

/** An apt of its own: the suite's package lists beside the machine's, with nothing shared but proxies and keys. */
function privateApt(folder, suite) {
  for (const sub of ['lists/partial', 'archives/partial']) mkdirSync(join(folder, sub), { recursive: true });
  // Where the machine's sources name their key (Signed-By), apt need not have Debian's among its own; this file has.
  const keyring = ['gpg', 'pgp'].map((end) => `/usr/share/keyrings/debian-archive-keyring.${end}`).find(existsSync);
  const own = existsSync('/etc/apt/trusted.gpg.d') ? readdirSync('/etc/apt/trusted.gpg.d') : [];
  const option = keyring && !own.some((file) => file.startsWith('debian-archive')) ? `[signed-by=${keyring}] ` : '';
  writeFileSync(join(folder, 'sources.list'), `deb ${option}${mirror()} ${suite} main\n`);
  writeFileSync(join(folder, 'status'), '');
  const file = join(folder, 'apt.conf');
  writeFileSync(
    file,
    Object.entries({
      'Dir::Etc::SourceList': join(folder, 'sources.list'),
      'Dir::Etc::SourceParts': '/dev/null',
      'Dir::State::Lists': join(folder, 'lists'),
      'Dir::State::Status': join(folder, 'status'),
      'Dir::Cache': folder,
      'APT::Sandbox::User': 'root',
      'Acquire::Languages': 'none',
    })
      .map(([key, value]) => `${key} "${value}";\n`)
      .join(''),
  );
  return { ...process.env, APT_CONFIG: file };
}

/**
 * Downloads packages of a suite and unpacks them to `tree` in a folder, once: later calls find it. `finish` does the rest
 * in the folder as it is called until then.
 */
export function unpackOnce({ folder, suite, packages, title, finish }) {
  if (existsSync(folder)) return;
  const work = `${folder}.part`; // renamed when whole, so that a run that was cut off leaves nothing half
  rmSync(work, { recursive: true, force: true });
  const [apt, tree] = [join(work, 'apt'), join(work, 'tree')];
  mkdirSync(tree, { recursive: true });
  say(`downloading ${title} (Debian ${suite})`);
  const env = privateApt(apt, suite);
  run(['apt-get', '-q', 'update'], { env });
  run(['apt-get', '-q', 'download', ...packages], { env, cwd: apt });
  for (const deb of readdirSync(apt).filter((file) => file.endsWith('.deb'))) run(['dpkg', '-x', join(apt, deb), tree]);
  rmSync(apt, { recursive: true });
  finish(work);
  renameSync(work, folder);
}

/** Downloads and unpacks the engine once. */
export function unpackEngine() {
  const { unpacked, suite } = SETTINGS;
  if (existsSync(unpacked)) return;
  unpackOnce({
    folder: unpacked,
    suite,
    packages: [...PACKAGES, ...LIBRARIES],
    title: 'the engine',
    finish(work) {
      link(work);
      giveLibraries(join(work, 'tree'));
    },
  });
  if (!succeeds([join(SETTINGS.bin, 'runc'), '--version'])) {
    rmSync(unpacked, { recursive: true });
    throw new Stop(`runc of Debian ${suite} does not run on this machine; another ENGINE_SUITE may`);
  }
}

/**
 * runc of a newer suite may need a newer C library than the machine's. It executes itself again (/proc/self/exe), so a
 * wrapper around the loader would be left out the second time; the program itself must name its loader and libraries.
 */
function giveLibraries(tree) {
  const runc = join(tree, 'usr/sbin/runc');
  if (succeeds([runc, '--version'])) return;
  need('patchelf');
  const triplet = readdirSync(join(tree, 'usr/lib')).find((name) => name.includes('-linux-gnu'));
  const libraries = join(tree, 'usr/lib', triplet ?? '');
  const loader = readdirSync(libraries).find((file) => /^ld-linux.*\.so\.\d$/.test(file));
  if (!loader) throw new Stop(`no loader among the libraries in ${libraries}`);
  // The tree moves once, to its final place.
  const home = libraries.replace(tree, join(SETTINGS.unpacked, 'tree'));
  run(['patchelf', '--set-interpreter', join(home, loader), '--force-rpath', '--set-rpath', home, runc]);
}

/** One folder with everything for a PATH, and the CLI's configuration. Links are relative: the tree moves once. */
function link(root) {
  const [bin, config] = ['bin', 'config'].map((name) => join(root, name));
  for (const folder of [bin, config]) mkdirSync(folder);
  const tree = join(root, 'tree');
  for (const program of PROGRAMS) {
    const folder = FOLDERS.find(
      (place) => existsSync(join(tree, place, program)) && !isLink(join(tree, place, program)),
    );
    if (!folder) throw new Stop(`the packages of Debian ${SETTINGS.suite} hold no ${program}`);
    symlinkSync(join('../tree', folder, program), join(bin, program));
  }
  symlinkSync('../tree/usr/bin/tini-static', join(bin, 'docker-init'));
  const plugins = join(SETTINGS.unpacked, 'tree/usr/libexec/docker/cli-plugins');
  writeFileSync(join(config, 'config.json'), `${JSON.stringify({ cliPluginsExtraDirs: [plugins] })}\n`);
}

const isLink = (path) => lstatSync(path).isSymbolicLink();
