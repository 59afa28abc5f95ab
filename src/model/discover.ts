import type { NotChecked } from '../core/finding.ts';
import { type Files, folderOf } from './files.ts';

const COMPOSE_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];
/** Folders in which nobody keeps a dev container of this repository. */
const SKIPPED = new Set(['node_modules', '.git', 'vendor', 'dist', 'build', 'target', '.venv', 'venv', '__pycache__']);
const MAX_FOLDERS = 2_000;
const MAX_DEPTH = 6;

export const isCompose = (path: string): boolean => /\.ya?ml$/.test(path);

/** Configurations of one folder, in the order in which tools look for them. */
function configurationsIn(files: Files, folder: string): readonly string[] {
  const at = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
  const names = files.list(folder);
  const found: string[] = [];
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

/** Every configuration file of a repository, in a fixed order. */
export function discover(files: Files, notChecked: NotChecked[]): readonly string[] {
  if (files.list('').includes('.devcontainer')) {
    notChecked.push({ file: '.devcontainer', reason: 'not a folder, or a link that leads out of the audited folder' });
  }
  const top = configurationsIn(files, '');
  if (top.length > 0) return top;
  const compose = ['', '.devcontainer'].flatMap((folder) => {
    const names = files.list(folder);
    const name = COMPOSE_NAMES.find((candidate) => names.includes(candidate));
    return name === undefined ? [] : [folder === '' ? name : `${folder}/${name}`];
  });
  if (compose.length > 0) return compose.slice(0, 1);
  // A collection of projects: each folder with a dev container of its own.
  const found: string[] = [];
  let queue = [''];
  let seen = 0;
  for (let depth = 0; depth < MAX_DEPTH && queue.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of queue) {
      for (const name of files.list(folder)) {
        const bare = name.slice(0, -1);
        if (!name.endsWith('/') || SKIPPED.has(bare)) continue;
        if (++seen > MAX_FOLDERS) {
          notChecked.push({ file: '.', reason: `more than ${MAX_FOLDERS} folders: name the ones to audit` });
          return found;
        }
        const path = folder === '' ? bare : `${folder}/${bare}`;
        found.push(...configurationsIn(files, path).filter((candidate) => !found.includes(candidate)));
        if (bare !== '.devcontainer') next.push(path);
      }
    }
    queue = next;
  }
  return found;
}

/** The folder that the editor opens for a configuration file. */
export function rootOf(file: string): string {
  const folder = folderOf(file);
  const match = /^(.*?)\/?\.devcontainer(?:\/[^/]+)?$/.exec(folder);
  return (match ? match[1] : folder) || '.';
}
