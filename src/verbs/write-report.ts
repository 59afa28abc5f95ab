import { randomBytes } from 'node:crypto';
import { accessSync, constants, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { ToolError } from '../core/errors.ts';
import { applyPlan } from '../host/apply.ts';
import { readFile } from '../host/disk.ts';
import { findRoot } from './project.ts';

/** Where the report goes, as a path of the workspace or of the machine. */
function placeOf(
  cwd: string,
  file: string,
): { readonly path: string; readonly inside?: { root: string; name: string } } {
  const path = resolve(cwd, file);
  const root = rootAbove(cwd);
  const below = root === undefined ? '..' : relative(root, path);
  if (root === undefined || below === '..' || below.startsWith(`..${sep}`)) return { path };
  return { path, inside: { root, name: below.split(sep).join('/') } };
}

/** Refuses a file that could not be written, before the work that the report is about. */
export function refuseReportPlace(cwd: string, file: string): void {
  const { path, inside } = placeOf(cwd, file);
  const refuse = (why: string): never => {
    throw new ToolError(
      'usage',
      `The report cannot be written to ${file}: ${why}.`,
      'Name a file in a folder that exists.',
    );
  };
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) refuse('that is a folder');
  if (inside !== undefined) return; // its folders are made
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) refuse(`there is no folder ${folder}`);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    refuse(`${folder} cannot be written`);
  }
}

/**
 * Writes a report to a file that somebody named. Below the workspace, where the agent may have put links, nothing is
 * followed; elsewhere the file is replaced as a whole.
 */
export function writeReport(cwd: string, file: string, text: string): void {
  const { path, inside } = placeOf(cwd, file);
  if (inside !== undefined) {
    const { root, name } = inside;
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
