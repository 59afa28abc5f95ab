import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Some } from '../core/span.ts';

/**
 * How to start the devcontainer CLI: the one that was installed with cofferdam, else the first on the PATH.
 * Undefined if there is none.
 */
export function devcontainerCli(): Some<string> | undefined {
  try {
    return [process.execPath, createRequire(import.meta.url).resolve('@devcontainers/cli/devcontainer.js')];
  } catch {
    const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
    const found = folders.map((folder) => join(folder, 'devcontainer')).find((path) => existsSync(path));
    return found === undefined ? undefined : [found];
  }
}
