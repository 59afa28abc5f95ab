import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { POLICY_PATH } from '../policy/policy.ts';
import { projectName } from '../policy/project-name.ts';

/** A folder that has a policy, on this machine. */
export interface Project {
  /** Absolute path of the workspace folder. */
  readonly root: string;
  /** Name of the compose project: it follows from the path, so that a copy of a folder never drives the original's box. */
  readonly name: string;
  /** Hash of the generated files, as initialize.sh last saw them here; undefined if it has not run in this place. */
  readonly config: string | undefined;
  /** The project that initialize.sh last made, if that was in another place: the folder was moved or copied since. */
  readonly former: string | undefined;
}

const NAME = /^COFFERDAM_PROJECT=([a-z0-9][a-z0-9_-]{0,62})$/m;
const CONFIG = /^COFFERDAM_CONFIG=([0-9a-f]{16})$/m;

/** The nearest folder, from `cwd` upwards, that has a policy. */
export function findRoot(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (lstatSync(join(folder, POLICY_PATH), { throwIfNoEntry: false })) return folder;
    if (dirname(folder) === folder) {
      throw new ToolError(
        'policy-missing',
        `No ${POLICY_PATH} in ${cwd} or above.`,
        'Run `cofferdam init` in the repository’s top folder.',
      );
    }
  }
}

export function findProject(cwd: string): Project {
  const root = findRoot(cwd);
  const path = realpathSync(root);
  const name = projectName(path, createHash('sha256').update(path).digest('hex'));
  const environment = environmentOf(root);
  const made = NAME.exec(environment)?.[1];
  const here = made === name;
  return { root, name, config: here ? CONFIG.exec(environment)?.[1] : undefined, former: here ? undefined : made };
}

/** What initialize.sh last wrote for compose in this folder. */
export const environmentOf = (root: string): string => readEnvironment(join(root, '.devcontainer/.env'));

/** The text of a small regular file, never through a link; empty if there is none. */
function readEnvironment(path: string): string {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return '';
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return fstatSync(descriptor).size < 65_536 ? readFileSync(descriptor, 'utf8') : '';
  } finally {
    closeSync(descriptor);
  }
}

/** Where a folder of the host is in the box, given the workspace's place there. */
export function insideBox(root: string, cwd: string, workspace: string): string {
  const path = relative(root, cwd);
  return path === '' || path.startsWith('..') ? workspace : `${workspace}/${path.split(sep).join('/')}`;
}
