import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/core/errors.ts';
import { ToolError } from '../../src/core/errors.ts';
import type { Change } from '../../src/core/plan.ts';
import { applyPlan } from '../../src/host/apply.ts';
import { kindOf, namesIn, readFile, readTextFile, sha256 } from '../../src/host/disk.ts';
import { inParent } from '../../src/host/folder.ts';
import { Scratch, treeHash } from '../support/cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const write = (path: string, text: string, was: string | null = null, mode: 0o644 | 0o755 = 0o644): Change => ({
  kind: 'write',
  path,
  text,
  mode,
  was: was === null ? null : sha256(was),
});
const remove = (path: string, was: string): Change => ({ kind: 'remove', path, was: sha256(was) });
const apply = (root: string, ...changes: Change[]): void => applyPlan(root, { title: 'test', changes });

/** The error's code; the test fails if there is none. */
function failure(run: () => unknown): ToolError {
  try {
    run();
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Refused with this code, and everything around is as it was. */
function refuses(root: string, code: ErrorCode, ...changes: Change[]): ToolError {
  const before = treeHash(join(root, '..'));
  const error = failure(() => apply(root, ...changes));
  expect(error.code).toBe(code);
  expect(treeHash(join(root, '..'))).toBe(before);
  return error;
}

describe('reading below the workspace', () => {
  it('gives text, and undefined where there is none', () => {
    const root = scratch.folder({ 'a/b.txt': '\ufeffhello' });
    expect(readTextFile(root, 'a/b.txt')).toBe('\ufeffhello');
    expect(readTextFile(root, 'a/c.txt')).toBeUndefined();
    expect(readTextFile(root, 'x/y/z.txt')).toBeUndefined();
    expect(readFile(root, 'a/b.txt')).toMatchObject({ sha256: sha256('\ufeffhello'), mode: 0o644 });
    expect(namesIn(root, 'a')).toEqual(['b.txt']);
    expect(namesIn(root, 'x')).toEqual([]);
  });

  it('follows no link, at the end or on the way, and leaves the target alone', () => {
    const root = scratch.folder({ 'real/file': 'x', '../secret': 'x' });
    symlinkSync('real', join(root, 'folder'));
    symlinkSync('../secret', join(root, 'file'));
    symlinkSync('nowhere', join(root, 'dangling'));
    for (const path of ['folder/file', 'file', 'dangling', 'folder/none']) {
      expect(failure(() => readTextFile(root, path))).toMatchObject({ code: 'file-unreadable' });
    }
    expect(kindOf(root, 'file')).toBe('link');
    expect(kindOf(root, 'dangling')).toBe('link');
    expect(failure(() => kindOf(root, 'folder/file')).message).toBe('folder is a symbolic link.');
  });

  it('neither waits for a pipe nor reads a device', () => {
    const root = scratch.folder();
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect(failure(() => readTextFile(root, 'pipe')).message).toBe('pipe is not a regular file.');
    expect(kindOf(root, 'pipe')).toBe('other');
  });

  it('reads up to the limit and not one byte more', () => {
    const root = scratch.folder({ file: 'x'.repeat(100) });
    expect(readTextFile(root, 'file', { maxBytes: 100 })).toHaveLength(100);
    expect(failure(() => readTextFile(root, 'file', { maxBytes: 99 })).message).toMatch(/larger than 99 bytes/);
    // Says size 0, but has contents.
    expect(failure(() => readTextFile('/proc/self', 'status', { maxBytes: 10 })).message).toMatch(/larger than 10/);
  });

  it('takes UTF-8 only', () => {
    const root = scratch.folder({ file: Buffer.from([0x61, 0xff]) });
    expect(failure(() => readTextFile(root, 'file')).message).toBe('file is not UTF-8 text.');
  });

  it('has no way out of the workspace', () => {
    const root = scratch.folder();
    for (const path of ['../x', 'a/../../x', '/etc/hostname', '', 'a//b', './a', 'a\0']) {
      expect(() => readTextFile(root, path)).toThrow(/not a path below/);
      expect(() => apply(root, write(path, 'x'))).toThrow(/not a path below/);
    }
  });

  it.runIf(process.platform === 'linux')('stays in a folder that is swapped for a link meanwhile', () => {
    const root = scratch.folder({ 'a/b/file': 'ours', '../other/file': 'theirs' });
    const text = inParent(root, 'a/b/file', (parent, name) => {
      renameSync(join(root, 'a'), join(root, 'moved'));
      mkdirSync(join(root, 'a'));
      symlinkSync('../../other', join(root, 'a/b'));
      return parent && readFileSync(parent.at(name), 'utf8');
    });
    expect(text).toBe('ours');
  });
});

describe('applying a plan', () => {
  it('writes, replaces and removes, with the modes asked for, and leaves nothing else', () => {
    const root = scratch.folder({ 'a/old': '1', 'b/c/gone': '2', 'b/stays': '3' });
    apply(
      root,
      write('new/deep/file', 'x'),
      write('run.sh', 'y', null, 0o755),
      write('a/old', 'z', '1'),
      remove('b/c/gone', '2'),
    );
    expect(readFileSync(join(root, 'new/deep/file'), 'utf8')).toBe('x');
    expect(readFileSync(join(root, 'a/old'), 'utf8')).toBe('z');
    expect(statSync(join(root, 'run.sh')).mode & 0o777).toBe(0o755);
    expect(statSync(join(root, 'new/deep/file')).mode & 0o777).toBe(0o644);
    expect(namesIn(root, 'b')).toEqual(['stays']);
    expect(execFileSync('find', [root, '-name', '.cofferdam-*'], { encoding: 'utf8' })).toBe('');
  });

  it('does not start if a file is not what was planned against', () => {
    const root = scratch.folder({ a: '1' });
    const touched = statSync(root).mtimeMs;
    refuses(root, 'tree-changed', write('new', 'x'), write('a', 'x', 'something else'));
    refuses(root, 'tree-changed', write('new', 'x'), write('a', 'x'));
    refuses(root, 'tree-changed', write('new', 'x'), write('missing', 'x', '1'));
    refuses(root, 'tree-changed', write('new', 'x'), remove('missing', '1'));
    refuses(root, 'tree-changed', write('new', 'x'), remove('no/such', '1'));
    expect(statSync(root).mtimeMs).toBe(touched); // not even a temporary file
    mkdirSync(join(root, 'folder'));
    refuses(root, 'tree-changed', write('new', 'x'), write('folder', 'x'));
  });

  it('goes through no link, whether it leads out or not', () => {
    const root = scratch.folder({ 'real/': '', '../outside/': '', '../outside/file': '1' });
    symlinkSync('real', join(root, 'inner'));
    symlinkSync('../outside', join(root, 'outer'));
    symlinkSync('../outside/file', join(root, 'file'));
    symlinkSync('../outside/new', join(root, 'dangling'));
    refuses(root, 'folder-unsupported', write('new', 'x'), write('inner/file', 'x'));
    refuses(root, 'folder-unsupported', write('outer/file', 'x', '1'));
    refuses(root, 'folder-unsupported', remove('outer/file', '1'));
    refuses(root, 'folder-unsupported', write('file', 'x', '1'));
    refuses(root, 'tree-changed', write('file', 'x'));
    refuses(root, 'tree-changed', write('dangling', 'x'));
  });

  it('does not write into another name of the same file', () => {
    const root = scratch.folder({ a: '1' });
    linkSync(join(root, 'a'), join(root, '../elsewhere'));
    apply(root, write('a', '2', '1'));
    expect(readFileSync(join(root, '../elsewhere'), 'utf8')).toBe('1');
  });

  it('says what is in the way of a folder', () => {
    const root = scratch.folder({ folder: 'a file' });
    expect(refuses(root, 'folder-unsupported', write('new', 'x'), write('folder/file', 'x')).message).toBe(
      'folder is not a folder.',
    );
  });

  it('puts everything back if a later step fails', () => {
    const root = scratch.folder({ a: '1', 'b/c': '2', d: '3' });
    // Nothing is at `twice` when the plan is checked, something is when its second write takes effect.
    const failing = [write('twice', 'x'), write('twice', 'y')] as const;
    refuses(root, 'tree-changed', write('a', 'changed', '1'), remove('b/c', '2'), write('new/deep', 'x'), ...failing);
    // A file takes effect where a later change has made its folder.
    refuses(root, 'tree-changed', write('e/f', 'x'), write('e', 'x'), write('d', 'y', '3'));
  });

  it('names the file that the file system refuses', () => {
    const root = scratch.folder({ a: '1' });
    const name = 'n'.repeat(300);
    const error = refuses(root, 'write-failed', write('a', 'x', '1'), write(`deep/${name}/file`, 'x'));
    expect(error.message).toBe(`deep/${name}/file cannot be written: the name is too long for this file system.`);
  });

  it('leaves the tree as it was whatever fails wherever, and as planned otherwise', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd/e', 'd/f', 'g/h/i', 'g');
    const change = fc.oneof(
      fc.record({
        kind: fc.constant('write' as const),
        path: name,
        text: fc.constantFrom('x', 'y'),
        known: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('remove' as const), path: name, text: fc.constant(''), known: fc.constant(true) }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), (parts) => {
        const root = scratch.folder({ a: '1', b: '2', 'd/e': '3' });
        const held: Record<string, string> = { a: '1', b: '2', 'd/e': '3' };
        const before = treeHash(root);
        const changes = parts.map(({ kind, path, text, known }) => {
          const was = held[path] ?? '1';
          return kind === 'remove' ? remove(path, was) : write(path, text, known ? was : null);
        });
        try {
          apply(root, ...changes);
        } catch (error) {
          expect(error).toBeInstanceOf(ToolError);
          expect(treeHash(root)).toBe(before);
          return;
        }
        const final = new Map(changes.map((one) => [one.path, one.kind === 'write' ? one.text : undefined]));
        for (const [path, text] of final) expect(readTextFile(root, path)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('replaces a file that is open elsewhere without changing what the reader has', () => {
    const root = scratch.folder({ a: 'before' });
    const inode = statSync(join(root, 'a')).ino;
    apply(root, write('a', 'after', 'before'));
    expect(statSync(join(root, 'a')).ino).not.toBe(inode);
  });
});
