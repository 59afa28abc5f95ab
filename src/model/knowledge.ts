import type { Flag } from './workspace.ts';

/** What a Feature's own metadata adds to the container that it is installed into. */
export interface FeatureFacts {
  readonly flags?: readonly Flag[];
  /** As in `mounts` of devcontainer.json. */
  readonly mounts?: readonly string[];
  /** Gives the container's user sudo without a password. */
  readonly sudo?: true;
}

const NOTHING: FeatureFacts = {};
const DEBUGGER: FeatureFacts = {
  flags: [
    { name: 'cap_add', value: 'SYS_PTRACE' },
    { name: 'security_opt', value: 'seccomp=unconfined' },
  ],
};

/**
 * The Features of github.com/devcontainers/features, from their devcontainer-feature.json files (read 2026-11). Metadata
 * of other Features is not in the repository that uses them, so it is unknown.
 */
export const FEATURES: Readonly<Record<string, FeatureFacts>> = {
  'ghcr.io/devcontainers/features/docker-in-docker': { flags: [{ name: 'privileged', value: 'true' }] },
  'ghcr.io/devcontainers/features/docker-outside-of-docker': {
    flags: [{ name: 'security_opt', value: 'label=disable' }],
    mounts: ['type=bind,source=/var/run/docker.sock,target=/var/run/docker-host.sock'],
  },
  'ghcr.io/devcontainers/features/go': DEBUGGER,
  'ghcr.io/devcontainers/features/rust': DEBUGGER,
  'ghcr.io/devcontainers/features/common-utils': { sudo: true },
  ...Object.fromEntries(
    [
      ...['anaconda', 'aws-cli', 'azure-cli', 'conda', 'copilot-cli', 'desktop-lite', 'dotnet', 'git', 'git-lfs'],
      ...['github-cli', 'hugo', 'java', 'kubectl-helm-minikube', 'nix', 'node', 'nvidia-cuda', 'oryx', 'php'],
      ...['powershell', 'python', 'ruby', 'sshd', 'terraform'],
    ].map((name) => [`ghcr.io/devcontainers/features/${name}`, NOTHING]),
  ),
};

const COLLECTION = 'ghcr.io/devcontainers/features';

/**
 * The full id of a Feature. One without a registry is from the time before registries: the devcontainer CLI takes it
 * from the same collection. `docker-from-docker` was renamed there.
 */
export function featureId(written: string): string {
  const full = /[/]/.test(written) ? written : `${COLLECTION}/${written}`;
  return full.replace(/(\/features\/docker)-from-docker$/i, '$1-outside-of-docker');
}

/** Images that ship sudo without a password for their user; their Dockerfiles install common-utils. */
export const SUDO_IMAGES = /^mcr\.microsoft\.com\/(?:vscode\/)?devcontainers\/|^ghcr\.io\/devcontainers\/images?\//;

/**
 * Official images whose default user is root (their Dockerfiles have no USER). A prefix such as `docker.io/library/` is
 * stripped before the look-up.
 */
export const ROOT_IMAGES = new Set([
  ...[
    'alpine',
    'debian',
    'ubuntu',
    'fedora',
    'centos',
    'rockylinux',
    'almalinux',
    'archlinux',
    'amazonlinux',
    'busybox',
  ],
  ...[
    'node',
    'python',
    'golang',
    'rust',
    'ruby',
    'php',
    'openjdk',
    'eclipse-temurin',
    'maven',
    'gradle',
    'gcc',
    'perl',
  ],
  ...['elixir', 'erlang', 'haskell', 'swift', 'julia', 'r-base', 'buildpack-deps', 'docker', 'bash', 'dart'],
]);

/** `docker.io/library/node:22@sha256:…` → its parts. */
export function imageParts(image: string): { name: string; tag: string | undefined; digest: string | undefined } {
  const [rest = '', digest] = image.split('@');
  const slash = rest.lastIndexOf('/');
  const colon = rest.indexOf(':', slash + 1);
  const name = (colon < 0 ? rest : rest.slice(0, colon))
    .replace(/^(?:index\.)?docker\.io\//, '')
    .replace(/^library\//, '');
  return { name, tag: colon < 0 ? undefined : rest.slice(colon + 1), digest };
}

/** Sockets through which a container engine takes orders. */
export const ENGINE_SOCKETS = [
  '/var/run/docker.sock',
  '/run/docker.sock',
  '/run/podman/podman.sock',
  '/run/user/1000/podman/podman.sock',
  '/run/user/1000/docker.sock',
  '/run/containerd/containerd.sock',
  '/run/buildkit/buildkitd.sock',
  '/run/crio/crio.sock',
] as const;

/** Proxies for the engine's API, by image. */
export const SOCKET_PROXIES = /(?:^|[/])(?:docker-)?socket-proxy(?:$|[:@])|docker-(?:api-)?proxy/i;
