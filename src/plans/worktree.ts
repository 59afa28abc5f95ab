import type { WorkspaceFacts } from '../policy/git-paths.ts';
import {
  OUTSIDE_VARIABLES,
  type OutsidePath,
  outsidePaths,
  WORKTREE_PATH,
  WORKTREES_PATH,
} from '../policy/worktree.ts';
import type { PartOf } from './part.ts';
import common from './templates/worktree.sh.tmpl';
import borrowed from './templates/worktree-borrowed.sh.tmpl';
import linked from './templates/worktree-linked.sh.tmpl';

/** Long syntax, as for the workspace; the variables are compose's to fill in, after it has read the file as YAML. */
function bind({ below, path, access, why, from }: OutsidePath): string {
  const place = JSON.stringify(`\${${OUTSIDE_VARIABLES[below]}}${path === '' ? '' : `/${path}`}`);
  const source = from === undefined ? place : `"\${${from}}"`;
  return `# ${access === 'read-only' ? `read-only: ${why}` : `a mount point of its own: ${why}`}
- type: bind
  source: ${source}
  target: ${place}
${access === 'read-only' ? '  read_only: true\n' : ''}  bind: { create_host_path: false }`;
}

/** Where the host's user is root, the repository may be below /root, which the image lets nobody else enter. */
const ENTERABLE = `# so that the agent may enter what is mounted below it, on machines where people work as root
- type: tmpfs
  target: /root
  tmpfs: { size: 65536, mode: 493 } # 0755`;

const SHELL: Readonly<Record<OutsidePath['below'], string>> = { common: '$common', own: '$own', worktree: '$root' };

/** Makes what is missing of the paths outside, and refuses other names of their files. */
function prepare({ below, path, kind, access }: OutsidePath): string {
  const place = `"${SHELL[below]}${path === '' ? '' : `/${path}`}"`;
  const make =
    kind === 'directory'
      ? `outside_folder ${place}`
      : kind === 'any'
        ? `[ -d ${place} ] || outside_file ${place} ''`
        : `outside_file ${place} ${below === 'common' && path === 'commondir' ? '.' : "''"}`;
  // Of the other worktrees' folders only what git follows: the rest is theirs to write.
  return access === 'read-only' && path !== 'worktrees' ? `${make}\nsealed ${place}` : make;
}

const script = (facts: WorkspaceFacts): string =>
  `${common}${facts.git === 'worktree' ? linked : borrowed}`
    .replaceAll('@FACTS@', () => WORKTREE_PATH)
    .replaceAll('@REGISTRY@', () => WORKTREES_PATH)
    .replaceAll('@ISOLATION@', () => (facts.git === 'worktree' ? 'shared' : 'clone'))
    .replace('@OUTSIDE@', () => outsidePaths(facts).map(prepare).join('\n'))
    .trimEnd();

/** As in the image's configuration (gitconfig.tmpl), which that of a repository would outdo: here there are always others. */
const COLLECTS_ITS_OWN = {
  GIT_CONFIG_COUNT: '3',
  GIT_CONFIG_KEY_0: 'gc.reflogExpire',
  GIT_CONFIG_VALUE_0: 'never',
  GIT_CONFIG_KEY_1: 'gc.reflogExpireUnreachable',
  GIT_CONFIG_VALUE_1: 'never',
  GIT_CONFIG_KEY_2: 'gc.worktreePruneExpire',
  GIT_CONFIG_VALUE_2: 'never',
} as const;

/** The repository that a worktree belongs to: what git in the box needs of it, where the host has it. */
export const worktree: PartOf = (_, facts) => {
  const paths = outsidePaths(facts);
  if (paths.length === 0) return undefined;
  const used = [...new Set(paths.map(({ below }) => below))];
  const volumes = [ENTERABLE, ...paths.map(bind)];
  return {
    agent: { volumes, environment: facts.git === 'worktree' ? COLLECTS_ITS_OWN : {} },
    editor: { volumes },
    host: [script(facts)],
    variables: used.map((below) => `${OUTSIDE_VARIABLES[below]}=$(quoted "${SHELL[below]}")`),
  };
};
