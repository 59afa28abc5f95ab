import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';
import type { WriteFile } from '../core/plan.ts';
import type { SyncChange } from './sync.ts';

/** Programs and other long files are named, not printed. */
const MAX_LENGTH = 65_536;
const MAX_LINE = 1000;
/** Files that differ in more lines than this are told apart, not compared line by line. */
const MAX_EDITS = 4000;

const isShown = (text: string): boolean =>
  text.length <= MAX_LENGTH && text.split('\n').every((line) => line.length <= MAX_LINE);

/** The changes as a unified diff, as `git diff` and `patch` know it, without colours. */
export function unifiedDiff(changes: readonly SyncChange[]): string {
  return changes.map(fileDiff).join('');
}

function fileDiff({ change, before }: SyncChange): string {
  const { path } = change;
  const after = change.kind === 'write' ? change.text : undefined;
  const from = before ? `a/${path}` : '/dev/null';
  const to = after === undefined ? '/dev/null' : `b/${path}`;
  const mode = change.kind === 'write' && before && before.text === after ? modeLine(change.mode, path) : '';
  const old = before ? before.text : '';
  if (old === undefined || !isShown(old) || !isShown(after ?? '')) {
    const size = after === undefined ? 'removed' : `${new Intl.NumberFormat('en').format(after.length)} characters`;
    return `${mode}--- ${from}\n+++ ${to}\n@@ not shown: ${size} @@\n`;
  }
  const patch = structuredPatch(from, to, old, after ?? '', '', '', { context: 3, maxEditLength: MAX_EDITS });
  if (!patch) return `${mode}--- ${from}\n+++ ${to}\n@@ not shown: too different @@\n`;
  return mode !== '' ? mode : formatPatch(patch, FILE_HEADERS_ONLY);
}

const modeLine = (mode: WriteFile['mode'], path: string): string =>
  mode === 'kept' ? '' : `mode ${mode.toString(8)} ${path}\n`;
