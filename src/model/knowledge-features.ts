import type { Flag } from './workspace.ts';

/** What a Feature's own metadata adds to the container that it is installed into. */
export interface FeatureFacts {
  readonly flags?: readonly Flag[];
  /** As in `mounts` of devcontainer.json. */
  readonly mounts?: readonly string[];
}

const NOTHING: FeatureFacts = {};
/** A process that has no parent is reaped. */
const INIT: Flag = { name: 'init', value: 'true' };
const DEBUGGER: readonly Flag[] = [
  { name: 'cap_add', value: 'SYS_PTRACE' },
  { name: 'security_opt', value: 'seccomp=unconfined' },
];
const ENGINE: FeatureFacts = { flags: [{ name: 'privileged', value: 'true' }] };

const named = (prefix: string, names: readonly string[]): Readonly<Record<string, FeatureFacts>> =>
  Object.fromEntries(names.map((name) => [`${prefix}/${name}`, NOTHING]));

const COLLECTION = 'ghcr.io/devcontainers/features';
/** github.com/devcontainers-extra/features, and what it was called before. */
const EXTRA = ['ghcr.io/devcontainers-extra/features', 'ghcr.io/devcontainers-contrib/features'];

/**
 * Features by what their devcontainer-feature.json files say (read 2026-11 in the repositories of the same name, of
 * which https://containers.dev/features keeps the list). Metadata of others is not in the repository that uses them, so it
 * is unknown.
 */
export const FEATURES: Readonly<Record<string, FeatureFacts>> = {
  [`${COLLECTION}/docker-in-docker`]: ENGINE,
  [`${COLLECTION}/docker-outside-of-docker`]: {
    flags: [{ name: 'security_opt', value: 'label=disable' }],
    mounts: ['type=bind,source=/var/run/docker.sock,target=/var/run/docker-host.sock'],
  },
  [`${COLLECTION}/go`]: { flags: [INIT, ...DEBUGGER] },
  [`${COLLECTION}/rust`]: { flags: DEBUGGER },
  [`${COLLECTION}/desktop-lite`]: { flags: [INIT] },
  ...named(COLLECTION, [
    ...['anaconda', 'aws-cli', 'azure-cli', 'common-utils', 'conda', 'copilot-cli', 'dotnet', 'git', 'git-lfs'],
    ...['github-cli', 'hugo', 'java', 'kubectl-helm-minikube', 'nix', 'node', 'nvidia-cuda', 'oryx', 'php'],
    ...['powershell', 'python', 'ruby', 'sshd', 'terraform'],
  ]),
  'ghcr.io/tailscale/codespace/tailscale': {
    flags: ['NET_ADMIN', 'NET_RAW', 'MKNOD'].map((value) => ({ name: 'cap_add', value })),
  },
  'ghcr.io/anthropics/devcontainer-features/claude-code': NOTHING,
  ...Object.fromEntries(EXTRA.map((prefix) => [`${prefix}/localstack`, ENGINE])),
  ...Object.assign(
    {},
    ...EXTRA.map((prefix) =>
      named(prefix, [
        ...['act', 'actionlint', 'angular-cli', 'ansible', 'apt-get-packages', 'apt-packages', 'aws-cdk', 'bun'],
        ...['corepack', 'curl-apt-get', 'deno', 'firebase-cli', 'fzf', 'gh-cli', 'go-task', 'hatch', 'kind'],
        ...['markdownlint-cli', 'markdownlint-cli2', 'mise', 'mkdocs', 'neovim-homebrew', 'nestjs-cli', 'node-asdf'],
        ...['npm-package', 'pnpm', 'poetry', 'pre-commit', 'prettier', 'protoc', 'ripgrep', 'ruff', 'shellcheck'],
        ...['starship', 'supabase-cli', 'terraform-asdf', 'tmux-homebrew', 'turborepo-npm', 'typescript', 'uv'],
        ...['vercel-cli', 'zig', 'zsh-plugins'],
      ]),
    ),
  ),
};

/**
 * The full id of a Feature. One without a registry is from the time before registries: the devcontainer CLI takes it
 * from the same collection. `docker-from-docker` was renamed there.
 */
export function featureId(written: string): string {
  const full = /[/]/.test(written) ? written : `${COLLECTION}/${written}`;
  // Names in a registry are in lower case, and tools lower them; paths and addresses stay as they are.
  const id = /^(?:\.|[a-z]+:\/\/)/i.test(full) ? full : full.toLowerCase();
  return id.replace(/(\/features\/docker)-from-docker$/i, '$1-outside-of-docker');
}
