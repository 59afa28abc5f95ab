import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { applyPlan } from '../host/apply.ts';
import { readFile } from '../host/disk.ts';
import { findRoot } from './project.ts';

/**
 * Writes a report to a file that somebody named. Below the workspace, where the agent may have put links, nothing is
 * followed; elsewhere the file is replaced as a whole.
 */
export function writeReport(cwd: string, file: string, text: string): void {
  const path = resolve(cwd, file);
  const root = rootAbove(cwd);
  const below = root === undefined ? '..' : relative(root, path);
  if (root !== undefined && below !== '..' && !below.startsWith(`..${sep}`)) {
    const name = below.split(sep).join('/');
    const was = readFile(root, name)?.sha256 ?? null;
    applyPlan(root, { title: 'report', changes: [{ kind: 'write', path: name, text, mode: 0o644, was }] });
    return;
  }
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, text, { flag: 'wx' });
  renameSync(temporary, path);
}

function rootAbove(cwd: string): string | undefined {
  try {
    return findRoot(cwd);
  } catch {
    return undefined; // no workspace of ours here
  }
}
