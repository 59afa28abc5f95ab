const SUDO_SOURCES = [
  // Their Dockerfiles install common-utils (github.com/devcontainers/images, src/).
  /^mcr\.microsoft\.com\/(?:vscode\/)?devcontainers\//,
  /^ghcr\.io\/devcontainers\/images?\//,
  // Built on those (github.com/home-assistant/devcontainer, */Dockerfile).
  /^ghcr\.io\/home-assistant\/devcontainer$/,
  // NOPASSWD for `gitpod`, `coder` and `dapr` (gitpod-io/workspace-images, base/; coder/images, images/base/; dapr/dapr,
  // docker/Dockerfile-dev).
  /^gitpod\/workspace-/,
  /^codercom\/(?:enterprise|example)-/,
  // `circleci` likewise (CircleCI-Public/cimg-base, template).
  /^(?:circleci|cimg)\//,
  /^(?:daprio|ghcr\.io\/dapr)\/dapr-dev$/,
];

/** Whether an image ships sudo without a password for the user that it has. */
export const shipsSudo = (image: string): boolean => SUDO_SOURCES.some((name) => name.test(imageParts(image).name));

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
  ...['amazoncorretto', 'clojure', 'composer', 'ros'],
  // Their services give root up when they start; whoever is let in later (docker exec, an editor) is root.
  ...['mysql', 'mariadb', 'postgres', 'redis', 'mongo', 'nginx', 'httpd', 'wordpress', 'tomcat'],
  // Others whose publishers leave root as the user (their Dockerfiles have no USER either): github.com/dotnet/dotnet-docker,
  // NVIDIA's container-images, ContinuumIO/docker-images, pytorch, tensorflow, oven-sh/bun, microsoft/playwright.
  ...['mcr.microsoft.com/dotnet/sdk', 'mcr.microsoft.com/dotnet/aspnet', 'mcr.microsoft.com/playwright'],
  ...['mcr.microsoft.com/playwright/python', 'nvidia/cuda', 'continuumio/miniconda3', 'continuumio/anaconda3'],
  ...['pytorch/pytorch', 'tensorflow/tensorflow', 'oven/bun', 'nixos/nix', 'hashicorp/terraform'],
  ...['opensuse/leap', 'opensuse/tumbleweed'],
]);

/** `docker.io/library/node:22@sha256:…` → its parts. */
export function imageParts(image: string): { name: string; tag: string | undefined; digest: string | undefined } {
  const [rest = '', digest] = image.split('@');
  const slash = rest.lastIndexOf('/');
  const colon = rest.indexOf(':', slash + 1);
  const name = (colon < 0 ? rest : rest.slice(0, colon))
    .replace(/^(?:index\.)?docker\.io\//, '')
    // Copies of the official images, under the same names (Amazon ECR Public Gallery; Artifact Registry's pull-through cache).
    .replace(/^(?:public\.ecr\.aws\/docker|mirror\.gcr\.io)\/library\//, '')
    .replace(/^library\//, '');
  return { name, tag: colon < 0 ? undefined : rest.slice(colon + 1), digest };
}

/** Says in generated files what a container is for: agent, editor, firewall or guard. */
export const ROLE_LABEL = 'dev.cofferdam.role';

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
