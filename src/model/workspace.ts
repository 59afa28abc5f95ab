import type { NotChecked } from '../core/finding.ts';
import type { Located, Span } from '../core/span.ts';
import type { Dockerfile, Stage } from './dockerfile.ts';
import type { Mount } from './mount.ts';
import type { ShellFacts } from './shell.ts';
import type { Tree } from './tree.ts';

/**
 * A run-time setting under compose's name for it, wherever it was written: `privileged`, `cap_add`, `cap_drop`,
 * `security_opt`, `network_mode`, `pid`, `ipc`, `uts`, `userns_mode`, `cgroup`, `devices`, `group_add`, `mem_limit`,
 * `cpus`, `pids_limit`, `init`, `restart`, `use_api_socket`, `volumes_from`, `device_cgroup_rules`, `extra_hosts`, `build_ssh` (compose's `build.ssh`).
 */
export interface Flag {
  readonly name: string;
  readonly value: string;
  /** Known of the image's name, not read: an old tag may lack it. */
  readonly by?: 'image';
}

export interface Variable {
  readonly name: string;
  /** undefined: taken from the host, or unset where it is `remote` (null in devcontainer.json). */
  readonly value: string | undefined;
  /** `container`: every process has it; `remote`: what the editor starts; `build`: while the image is built. */
  readonly kind: 'container' | 'remote' | 'build';
  /** Host variables that its value is made from. */
  readonly hostVariables: readonly string[];
}

export interface Port {
  /** The address it is bound to; '' is every address. */
  readonly address: string;
  /** Port on the host; '' where the engine chooses. */
  readonly published: string;
  readonly target: string;
  /** Written as a map (`target: …`), not as `[ADDRESS:][HOST:]CONTAINER`. */
  readonly long?: true;
}

export interface Network {
  readonly name: string;
  readonly internal: boolean;
  readonly external: boolean;
}

export interface Feature {
  /** Without its version: `ghcr.io/devcontainers/features/node`, `./local`. */
  readonly id: string;
  readonly version: string | undefined;
  /** The options that are texts. */
  readonly options: readonly Located<Setting>[];
}

export interface BuildFacts {
  readonly dockerfile: Dockerfile;
  /** Folder that COPY copies from. */
  readonly context: string;
  /** What the image is made of, the last stage first. */
  readonly chain: readonly Stage[];
  /** Files of the repository that COPY or ADD makes rules of sudo or doas, at the instruction that does. */
  readonly sudoers: readonly Located<{ readonly text: string; readonly target: string }>[];
}

/** `agent`: where the editor or agent works; `sidecar`: another one that holds an engine's socket; `service`: the rest. */
export type Role = 'agent' | 'sidecar' | 'service';

export interface Container {
  readonly name: string;
  readonly role: Role;
  /** Whether the editor attaches to it. In a box with a container for each, that is not the agent's. */
  readonly editor: boolean;
  readonly configuration: string;
  /** Where it is declared; findings about something that is missing point here. */
  readonly at: Span;
  readonly image: Located<string> | undefined;
  readonly build: BuildFacts | undefined;
  /** The name under which what it builds is found by other services; undefined where it builds nothing, or without one. */
  readonly builds: string | undefined;
  readonly mounts: readonly Located<Mount>[];
  readonly flags: readonly Located<Flag>[];
  readonly environment: readonly Located<Variable>[];
  /** Files of variables that it gets and that are not there to be read; `outside`: they lie beside the repository. */
  readonly absentEnvFiles: readonly Located<{ readonly path: string; readonly outside: boolean }>[];
  readonly ports: readonly Located<Port>[];
  /** undefined: the project's default network. */
  readonly networks: readonly Located<Network>[] | undefined;
  readonly features: readonly Located<Feature>[];
  /** The user that the last word on it names: remoteUser, containerUser, compose's `user`, the Dockerfile's USER. */
  readonly user: Located<string> | undefined;
  /** compose's `entrypoint` and `command`, word by word. */
  readonly words: readonly Located<string>[];
}

export type Hook =
  | 'initializeCommand'
  | 'onCreateCommand'
  | 'updateContentCommand'
  | 'postCreateCommand'
  | 'postStartCommand'
  | 'postAttachCommand'
  /** A RUN instruction. */
  | 'build'
  /** compose's `command` or `entrypoint`. */
  | 'start';

/** A command that is run at some point, with what its shell text does. */
export interface Script {
  readonly hook: Hook;
  /** Where it runs. */
  readonly on: 'host' | 'container' | 'build';
  /** As words where it was given as a list; otherwise the shell text. */
  readonly words: readonly string[] | undefined;
  readonly text: string;
  /** Where the text starts in its file; undefined where it does not stand there as it is. */
  readonly start: number | undefined;
  readonly shell: ShellFacts;
}

/** One dev container: a devcontainer.json with all that it names, or a compose project on its own. */
export interface Configuration {
  /** Its main file. */
  readonly file: string;
  readonly kind: 'devcontainer' | 'compose';
  /** The workspace's root inside of the audited folder; '.' at the top. */
  readonly root: string;
  readonly at: Span;
  /** Every file that decides what the containers are: whoever can write one of them decides it at the next rebuild. */
  readonly files: readonly string[];
  readonly containers: readonly Container[];
  readonly scripts: readonly Located<Script>[];
  readonly extensions: readonly Located<string>[];
  /** Editor settings, by key; values as text, those of lists and objects one after the other. */
  readonly settings: readonly Located<Setting>[];
  /** What the editor does when something listens on a port; `other` for all ports that are not named. */
  readonly portAttributes: readonly Located<{ readonly port: string; readonly onAutoForward: string }>[];
  /** Settings of editors and agents that lie in the workspace. */
  readonly settingsFiles: readonly SettingsFile[];
}

export interface SettingsFile {
  readonly file: string;
  /** Below the workspace's root: `.vscode/settings.json`. */
  readonly name: string;
  readonly tree: Tree;
}

export interface Setting {
  readonly key: string;
  readonly value: string;
}

export interface Workspace {
  readonly configurations: readonly Configuration[];
  /** Of all configurations. */
  readonly containers: readonly Container[];
  readonly notChecked: readonly NotChecked[];
}

/** The values that a flag has in a container, with their places. */
export const flagsOf = (container: Container, ...names: readonly string[]): readonly Located<Flag>[] =>
  container.flags.filter(({ value }) => names.includes(value.name));
