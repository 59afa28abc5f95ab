import { lstat, readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Bench } from '../probes/probe.ts';

/** More than any folder of configuration holds; beyond it the answer is that there were too many. */
const MAX_ENTRIES = 100_000;

/** What is not there has no names; anything else that hides it is an error, never an answer. */
function absent(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}

/** Regular files at or below `paths` of a tree (or absolute ones) with more than one name; what is at or below `except` is left out. */
export async function secondNames(
  root: string,
  paths: readonly string[],
  except: readonly string[],
): ReturnType<Bench['secondNames']> {
  const waiting = paths.filter((path) => !except.includes(path));
  const linked: string[] = [];
  let [entries, files] = [0, 0];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    entries += 1;
    if (!(entries <= MAX_ENTRIES)) return { files, linked, whole: false };
    const stat = await lstat(resolve(root, path)).catch(absent);
    if (stat?.isFile()) {
      files += 1;
      if (stat.nlink !== 1) linked.push(path);
    }
    if (!stat?.isDirectory()) continue;
    const below = (await readdir(resolve(root, path))).map((name) => `${path}/${name}`);
    waiting.push(...below.filter((one) => !except.includes(one)));
  }
  return { files, linked, whole: true };
}
