// Base images where no registry answers: the names that the boxes' Dockerfiles have, made from the Debian mirror and the
// npm registry that this machine uses. They are stand-ins, labelled so, and never replace an image that is there.
import * as fs from 'node:fs';
import { join } from 'node:path';
import { mirror, need } from './packages.mjs';
import { SETTINGS } from './settings.mjs';
import { ask, run, say, succeeds } from './tools.mjs';

const LABEL = 'dev.cofferdam.stand-in';
const DEBIAN = ['bookworm', 'trixie'];
/** Node's major version → the npm that came with it. */
const NODE = { 22: 10, 24: 11 };
/** Certificate authorities that this machine's administrator added; TLS in builds must work where it works outside. */
const AUTHORITIES = '/usr/local/share/ca-certificates';
/** Node has a list of its own and reads more from NODE_EXTRA_CA_CERTS. */
const BUNDLE = '/etc/ssl/local-authorities.pem';

const docker = (...args) => run(['docker', ...args]);
const have = (image) => succeeds(['docker', 'image', 'inspect', image]);

/** The base images that the engine lacks. */
const missing = () =>
  [
    ...DEBIAN.map((suite) => `debian:${suite}-slim`),
    ...Object.keys(NODE).map((major) => `node:${major}-bookworm-slim`),
  ].filter((image) => !have(image));

/** Asks the engine to ask the registry about one image, without pulling it. */
async function registryAnswers(socket) {
  const answer = await ask(socket, '/distribution/debian:bookworm-slim/json', 20_000);
  return answer?.status === 200;
}

/** Makes what is missing, unless a registry has it. */
export async function provideImages({ socket, ours }) {
  const wanted = missing();
  if (wanted.length === 0) return;
  const make = ours || SETTINGS.images;
  if (!socket && !make) return; // an engine elsewhere, which has its own ways to images
  if (socket && (await registryAnswers(socket))) return;
  if (!make) {
    say(`no registry answers and the engine lacks ${wanted.join(', ')}: ENGINE_IMAGES=always makes local stand-ins`);
    return;
  }
  say('no registry answers: making base images from the Debian mirror and the npm registry');
  for (const suite of DEBIAN) {
    const image = `debian:${suite}-slim`;
    // The Node images are built on bookworm, wherever that came from.
    if (wanted.includes(image)) importDebian(suite, image);
  }
  for (const major of Object.keys(NODE)) {
    const image = `node:${major}-bookworm-slim`;
    if (wanted.includes(image)) buildNode(major, image);
  }
}

export function importDebian(suite, image) {
  const tar = debianTar(suite);
  const changes = [
    'CMD ["bash"]',
    `LABEL ${LABEL}=true`,
    ...(localAuthorities().length ? [`ENV NODE_EXTRA_CA_CERTS=${BUNDLE}`] : []),
  ];
  docker('import', ...changes.flatMap((line) => ['--change', line]), tar, image);
}

const localAuthorities = () =>
  fs.existsSync(AUTHORITIES) ? fs.readdirSync(AUTHORITIES).filter((file) => file.endsWith('.crt')) : [];

/** A root file system with the essential packages of a suite, as a tar file in the cache. */
export function debianTar(suite) {
  const tar = join(SETTINGS.cache, `debian-${suite}.tar`);
  if (fs.existsSync(tar)) return tar;
  need('debootstrap');
  say(`debootstrap ${suite}`);
  const root = fs.mkdtempSync(join(SETTINGS.cache, `debian-${suite}-`));
  try {
    run(['debootstrap', '--variant=minbase', suite, root, mirror()]);
    slim(root);
    const certificates = localAuthorities();
    if (certificates.length) {
      fs.mkdirSync(join(root, AUTHORITIES), { recursive: true });
      for (const file of certificates) fs.copyFileSync(join(AUTHORITIES, file), join(root, AUTHORITIES, file));
      fs.mkdirSync(join(root, 'etc/ssl'), { recursive: true });
      fs.writeFileSync(
        join(root, BUNDLE),
        certificates.map((file) => fs.readFileSync(join(AUTHORITIES, file), 'utf8').trimEnd().concat('\n')).join(''),
      );
    }
    fs.chmodSync(root, 0o755); // mkdtemp makes 0700, and the root of the image would be closed to its users
    run(['tar', '--directory', root, '--create', '--file', `${tar}.part`, '.']);
    fs.renameSync(`${tar}.part`, tar);
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
  return tar;
}

/** What the official slim images leave out, too: package lists, documentation, translations. */
function slim(root) {
  for (const folder of ['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'var/lib/apt/lists']) {
    const path = join(root, folder);
    if (!fs.existsSync(path)) continue;
    for (const entry of fs.readdirSync(path)) fs.rmSync(join(path, entry), { recursive: true });
  }
  const archives = join(root, 'var/cache/apt/archives');
  for (const entry of fs.readdirSync(archives).filter((file) => file.endsWith('.deb')))
    fs.rmSync(join(archives, entry));
}

export function buildNode(major, image) {
  docker('build', '--quiet', '--tag', image, nodeContext(major));
}

/** A build context with Node's official binary and npm, as the npm registry has them. */
export function nodeContext(major) {
  const folder = join(SETTINGS.cache, `node-${major}`);
  if (fs.existsSync(folder)) return folder;
  say(`node ${major} from the npm registry`);
  const work = `${folder}.part`;
  fs.rmSync(work, { recursive: true, force: true });
  const bin = join(work, 'usr/bin');
  const npm = join(work, 'usr/lib/node_modules/npm');
  for (const path of [bin, npm]) fs.mkdirSync(path, { recursive: true });
  const binary = `node-linux-${process.arch}`;
  run(['npm', 'pack', '--silent', `${binary}@${major}`, `npm@${NODE[major]}`], { cwd: work });
  const packed = (prefix) =>
    join(
      work,
      fs.readdirSync(work).find((file) => file.startsWith(prefix) && file.endsWith('.tgz')),
    );
  const unpack = (file, to, ...members) => run(['tar', '-xzf', file, '-C', to, '--strip-components=1', ...members]);
  unpack(packed(binary), join(work, 'usr'), 'package/bin/node');
  unpack(packed('npm-'), npm);
  for (const [name, file] of [
    ['npm', 'npm-cli.js'],
    ['npx', 'npx-cli.js'],
  ]) {
    fs.symlinkSync(`../lib/node_modules/npm/bin/${file}`, join(bin, name));
    fs.chmodSync(join(npm, 'bin', file), 0o755);
  }
  for (const file of fs.readdirSync(work).filter((name) => name.endsWith('.tgz'))) fs.rmSync(join(work, file));
  const registry = run(['npm', 'config', 'get', 'registry'], { stdio: ['ignore', 'pipe', 'ignore'] });
  fs.writeFileSync(
    join(work, 'Dockerfile'),
    [
      'FROM debian:bookworm-slim',
      ...(URL.canParse(registry) ? [`ENV npm_config_registry=${registry}`] : []),
      'COPY usr/ /usr/local/',
      'RUN useradd --uid 1000 --create-home --shell /bin/bash node',
      'CMD ["node"]',
      '',
    ].join('\n'),
  );
  fs.renameSync(work, folder);
  return folder;
}
