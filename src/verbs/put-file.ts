import { applyPlan } from '../host/apply.ts';
import { readFile, sha256 } from '../host/disk.ts';

/** Makes a file say `text`, whole or not at all and never through a link; nothing is written where it says so already. */
export function putFile(root: string, path: string, text: string): void {
  const before = readFile(root, path);
  if (before?.sha256 === sha256(text)) return;
  const mode = before ? 'kept' : 0o644;
  applyPlan(root, { title: path, changes: [{ kind: 'write', path, text, mode, was: before?.sha256 ?? null }] });
}
