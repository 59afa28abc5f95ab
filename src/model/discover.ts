import type { NotChecked } from '../core/finding.ts';
import { type Files, folderOf } from './files.ts';

const COMPOSE_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];
/** Folders in which nobody keeps a dev container of this repository. */
const SKIPPED = new Set([
  // Its configurations were found from the folder that holds it.
  '.devcontainer',
  ...['node_modules', '.git', 'vendor', 'dist', 'build', 'target', '.venv', 'venv', '__pycache__'],
]);
/** So many that only a generated tree has more; what lies beyond is named, never left out in silence. */
const MAX_FOLDERS = 20_000;
const MAX_DEPTH = 24;

export const isCompose = (path: string): boolean => /\.ya?ml$/.test(path);

/** Configurations of one folder, in the order in which tools look for them. */
function configurationsIn(
  files: Files,
  folder: string,
  names: readonly string[],
  notChecked: NotChecked[],
): readonly string[] {
  const at = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
  const found: string[] = [];
  if (names.includes('.devcontainer')) {
    notChecked.push({
      file: at('.devcontainer'),
      reason: 'not a folder, or a link that leads out of the audited folder',
    });
  }
  if (names.includes('.devcontainer/')) {
    const inner = files.list(at('.devcontainer'));
    if (inner.includes('devcontainer.json')) found.push(at('.devcontainer/devcontainer.json'));
    for (const name of inner) {
      if (name.endsWith('/') && files.list(at(`.devcontainer/${name.slice(0, -1)}`)).includes('devcontainer.json')) {
        found.push(at(`.devcontainer/${name}devcontainer.json`));
      }
    }
  }
  for (const name of ['.devcontainer.json', 'devcontainer.json']) if (names.includes(name)) found.push(at(name));
  return found;
}

/**
 * Every configuration file of a repository: that of the top folder first, then those of the folders below it, level by
 * level. A dev container at the top says nothing about the ones below, which an editor offers just as well.
 */
export function discover(files: Files, notChecked: NotChecked[]): readonly string[] {
  const names = files.list('');
  const top = configurationsIn(files, '', names, notChecked);
  const found = top.length > 0 ? [...top] : composeAtTop(files, names);
  let queue = foldersIn(files, '', names);
  let seen = 0;
  for (let depth = 1; queue.length > 0; depth++) {
    if (!(depth <= MAX_DEPTH)) {
      notChecked.push({ file: queue[0] ?? '.', reason: `more than ${MAX_DEPTH} folders deep: audit it by name` });
      break;
    }
    const next: string[] = [];
    for (const folder of queue) {
      if (!(++seen <= MAX_FOLDERS)) {
        notChecked.push({
          file: '.',
          reason: `more than ${MAX_FOLDERS} folders; from ${folder} on they were left out: audit them by name`,
        });
        return found;
      }
      const inner = files.list(folder);
      found.push(...configurationsIn(files, folder, inner, notChecked));
      next.push(...foldersIn(files, folder, inner));
    }
    queue = next;
  }
  return found;
}

/** Folders to look into. A link leads to a folder that is met by its own name, or into a circle. */
function foldersIn(files: Files, folder: string, names: readonly string[]): readonly string[] {
  return names
    .filter((name) => name.endsWith('/'))
    .map((name) => name.slice(0, -1))
    .filter((name) => !SKIPPED.has(name))
    .map((name) => (folder === '' ? name : `${folder}/${name}`))
    .filter((path) => !files.isLink(path));
}

/** Where no dev container is at the top, the compose project there is taken for one. */
function composeAtTop(files: Files, names: readonly string[]): string[] {
  const find = (list: readonly string[]): string | undefined => COMPOSE_NAMES.find((name) => list.includes(name));
  const own = find(names);
  if (own !== undefined) return [own];
  const inner = find(files.list('.devcontainer'));
  return inner === undefined ? [] : [`.devcontainer/${inner}`];
}

/** The folder that the editor opens for a configuration file. */
export function rootOf(file: string): string {
  const folder = folderOf(file);
  const match = /^(.*?)\/?\.devcontainer(?:\/[^/]+)?$/.exec(folder);
  return (match ? match[1] : folder) || '.';
}
