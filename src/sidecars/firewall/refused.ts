interface Refused {
  readonly methods: readonly string[];
  readonly path: string;
  readonly code: string;
  /** What it would do, and what to do instead. */
  readonly hint: string;
}

const ANY = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const;
const ASK = 'Ask the person on the host.';

/**
 * Known and refused: only for the reason that the caller reads. Removing a line changes the sentence, not the verdict;
 * what stands nowhere is refused too.
 */
export const REFUSED: readonly Refused[] = [
  {
    methods: ['POST'],
    path: '/containers/create',
    code: 'write',
    hint: `Containers can't be created from inside the box: one that mounts the host's files would be root there. ${ASK}`,
  },
  {
    methods: ['POST'],
    path: '/containers/{id}/exec',
    code: 'exec',
    hint: `Commands can't be run in other containers from inside the box. ${ASK}`,
  },
  { methods: ANY, path: '/exec/{id}/start', code: 'exec', hint: `Commands can't be run in other containers. ${ASK}` },
  { methods: ANY, path: '/exec/{id}/resize', code: 'exec', hint: `Commands can't be run in other containers. ${ASK}` },
  { methods: ANY, path: '/exec/{id}/json', code: 'exec', hint: 'Commands of other containers are not shown.' },
  {
    methods: ['GET', 'POST'],
    path: '/containers/{id}/attach/ws',
    code: 'attach',
    hint: 'Attaching would let you type into the container. Use "docker logs" to read its output.',
  },
  {
    methods: ['POST'],
    path: '/containers/{id}/attach',
    code: 'attach',
    hint: 'Attaching would let you type into the container. Use "docker logs" to read its output.',
  },
  {
    methods: ANY,
    path: '/containers/{id}/archive',
    code: 'files',
    hint: `Files of containers can't be copied from inside the box. ${ASK}`,
  },
  {
    methods: ['POST'],
    path: '/containers/{id}/copy',
    code: 'files',
    hint: `Files of containers can't be copied from inside the box. ${ASK}`,
  },
  {
    methods: ['GET'],
    path: '/containers/{id}/export',
    code: 'files',
    hint: `Files of containers can't be exported from inside the box. ${ASK}`,
  },
  {
    methods: ['GET'],
    path: '/containers/{id}/changes',
    code: 'files',
    hint: 'Which files a container changed is not shown.',
  },
  {
    methods: ANY,
    path: '/containers/{id}/checkpoints',
    code: 'files',
    hint: 'Checkpoints name a path of the host, so they are not open here.',
  },
  { methods: ['GET'], path: '/images/get', code: 'files', hint: `Images can't be saved from inside the box. ${ASK}` },
  {
    methods: ['GET'],
    path: '/images/{name*}/get',
    code: 'files',
    hint: `Images can't be saved from inside the box. ${ASK}`,
  },
  {
    methods: ['GET'],
    path: '/images/{name*}/history',
    code: 'files',
    hint: 'The build steps of images may hold secrets, so they are not shown.',
  },
  {
    methods: ['GET'],
    path: '/images/{name*}/attestations',
    code: 'files',
    hint: 'Attestations of images may hold build arguments, so they are not shown.',
  },
  {
    methods: ['GET'],
    path: '/images/search',
    code: 'network',
    hint: 'Searching makes the engine on the host open a connection to a place of your choice.',
  },
  {
    methods: ['GET'],
    path: '/distribution/{name*}/json',
    code: 'network',
    hint: 'This makes the engine on the host open a connection to a place of your choice.',
  },
  {
    methods: ['POST'],
    path: '/auth',
    code: 'network',
    hint: 'Logging in makes the engine on the host open a connection to a place of your choice.',
  },
  {
    methods: ['POST'],
    path: '/images/create',
    code: 'write',
    hint: `Images can't be pulled or imported from inside the box. ${ASK}`,
  },
  {
    methods: ['POST'],
    path: '/images/{name*}/push',
    code: 'write',
    hint: `Images can't be pushed from inside the box. ${ASK}`,
  },
  ...['/volumes/create', '/networks/create', '/volumes/{name}', '/networks/{id}'].map((path) => ({
    methods: ['POST', 'PUT', 'DELETE'],
    path,
    code: 'write',
    hint: `Volumes and networks can't be changed like this from inside the box. ${ASK}`,
  })),
  {
    methods: ['POST', 'PUT', 'DELETE'],
    path: '/images/{name*}',
    code: 'write',
    hint: `Images can't be tagged or removed from inside the box: other projects use them too. ${ASK}`,
  },
  ...['containers', 'images', 'networks', 'volumes', 'build'].map((kind) => ({
    methods: ['POST'],
    path: `/${kind}/prune`,
    code: 'write',
    hint: `Pruning would remove what other projects use. ${ASK}`,
  })),
  { methods: ['POST'], path: '/build', code: 'write', hint: `Images can't be built from inside the box. ${ASK}` },
  { methods: ['POST'], path: '/grpc', code: 'write', hint: `Images can't be built from inside the box. ${ASK}` },
  { methods: ['POST'], path: '/session', code: 'write', hint: `Images can't be built from inside the box. ${ASK}` },
  { methods: ['POST'], path: '/commit', code: 'write', hint: `Containers can't be turned into images. ${ASK}` },
  ...['start', 'stop', 'restart', 'kill', 'pause', 'unpause', 'update', 'rename', 'resize', 'wait'].map((action) => ({
    methods: ['POST'],
    path: `/containers/{id}/${action}`,
    code: 'write',
    hint: `Containers can't be changed like this from inside the box (${action}). ${ASK}`,
  })),
  {
    methods: ['DELETE'],
    path: '/containers/{id}',
    code: 'write',
    hint: `Containers can't be removed from inside the box. ${ASK}`,
  },
  ...['swarm', 'services', 'tasks', 'nodes', 'secrets', 'configs', 'plugins'].flatMap((area) =>
    [`/${area}`, `/${area}/{name*}`].map((path) => ({
      methods: ANY,
      path,
      code: 'unknown-endpoint',
      hint: `This part of the engine (${area}) is not shown here.`,
    })),
  ),
  ...['/debug/vars', '/debug/pprof', '/debug/pprof/{name}'].map((path) => ({
    methods: ANY,
    path,
    code: 'unknown-endpoint',
    hint: "The engine's own memory is not shown here.",
  })),
];
