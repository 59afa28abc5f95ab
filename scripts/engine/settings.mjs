// Where the project's own engine keeps what. Everything can be moved by a variable, for CI caches and for tests.
import { homedir } from 'node:os';
import { join } from 'node:path';

const { env } = process;
const cache = env.ENGINE_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cofferdam-engine');
/** forky has Docker 28 and compose 2.40; the engine of Debian 13 (26.1) knows fewer of the options that the boxes use. */
const suite = env.ENGINE_SUITE || 'forky';

export const SETTINGS = {
  /** The oldest engine that is used as found. */
  oldest: 26,
  suite,
  /** Downloads, the unpacked engine, root file systems of the base images. */
  cache,
  unpacked: join(cache, suite),
  bin: join(cache, suite, 'bin'),
  /** DOCKER_CONFIG of the unpacked docker CLI: it says where its plug-ins are. */
  config: join(cache, suite, 'config'),
  /** Images, containers and volumes of our daemon. */
  data: join(cache, 'data'),
  /** Its pid, log and sockets: gone after a restart of the machine. */
  run: '/run/cofferdam-engine',
  pidFile: '/run/cofferdam-engine/docker.pid',
  log: '/run/cofferdam-engine/dockerd.log',
  socket: env.ENGINE_SOCKET || '/var/run/docker.sock',
  bridge: 'cofferdam0',
  /** Our daemon takes its networks from the first of these that the machine has no address in. */
  networks: ['10.213', '10.87', '10.149', '172.30'],
  /** `always`: make missing base images for an engine that was there already, too. */
  images: env.ENGINE_IMAGES === 'always',
};
