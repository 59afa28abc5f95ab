import { imageParts } from './knowledge.ts';
import { FEATURES } from './knowledge-features.ts';
import type { Flag } from './workspace.ts';

/** What the label `devcontainer.metadata` of an image adds, as if devcontainer.json said it. */
export interface ImageFacts {
  readonly remoteUser?: string;
  readonly flags?: readonly Flag[];
  /** It starts a Docker engine. */
  readonly engine?: true;
}

const featureFlags = (name: string): readonly Flag[] => FEATURES[`ghcr.io/devcontainers/features/${name}`]?.flags ?? [];

/**
 * Images whose own configuration has more than a user: it is kept in the label (github.com/devcontainers/images,
 * src/NAME/.devcontainer/devcontainer.json, read 2026-11).
 */
const FLAGS: Readonly<Record<string, readonly Flag[]>> = {
  cpp: [
    { name: 'cap_add', value: 'SYS_PTRACE' },
    { name: 'security_opt', value: 'seccomp=unconfined' },
  ],
  go: featureFlags('go'),
  rust: featureFlags('rust'),
  universal: [...featureFlags('docker-in-docker'), ...featureFlags('go')],
};

const USERS: Readonly<Record<string, string>> = {
  'javascript-node': 'node',
  'typescript-node': 'node',
  universal: 'codespace',
};

/** The same images are pushed to both places (the repository's build/src/push.js). */
const DEVCONTAINERS = /^mcr\.microsoft\.com\/(?:vscode\/)?devcontainers\/([a-z0-9-]+)$/;

/** undefined: an image whose labels are not known. Docker's official images have no such label. */
export function imageFacts(image: string): ImageFacts | undefined {
  const { name } = imageParts(image);
  const own = DEVCONTAINERS.exec(name)?.[1];
  if (own !== undefined) {
    const engine = own === 'universal' ? ({ engine: true } as const) : {};
    return { remoteUser: USERS[own] ?? 'vscode', flags: FLAGS[own] ?? [], ...engine };
  }
  return name.includes('/') ? undefined : {};
}
