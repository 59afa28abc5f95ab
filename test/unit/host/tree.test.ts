import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOnlyTree } from '../../../src/host/tree.ts';

describe('the tree that an audit reads', () => {
  let folder = '';
  let root = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cofferdam-tree-'));
    root = join(folder, 'root');
    mkdirSync(join(root, 'sub'), { recursive: true });
    writeFileSync(join(folder, 'secret'), 'of the host');
    writeFileSync(join(root, 'file'), 'text');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads files and follows links that stay inside', () => {
    symlinkSync('../file', join(root, 'sub/link'));
    expect(readOnlyTree(root).read('sub/link')).toEqual({ kind: 'text', text: 'text' });
  });

  it.each([
    ['a relative link', '../secret'],
    ['an absolute link', '/etc/hostname'],
  ])('does not follow %s out of the folder', (_, target) => {
    symlinkSync(target, join(root, 'link'));
    expect(readOnlyTree(root).read('link')).toMatchObject({
      kind: 'unreadable',
      reason: expect.stringContaining('leads out'),
    });
  });

  it('does not follow a folder out either', () => {
    symlinkSync(folder, join(root, 'up'));
    expect(readOnlyTree(root).read('up/secret')).toMatchObject({ kind: 'unreadable' });
    expect(readOnlyTree(root).list('up')).toEqual([]);
    expect(readOnlyTree(root).list('')).toContain('up');
  });

  it('tells links from what they lead to, so that a walk does not go in a circle', () => {
    symlinkSync('..', join(root, 'sub/loop'));
    const tree = readOnlyTree(root);
    expect(tree.list('sub')).toEqual(['loop/']);
    expect(tree.isLink('sub/loop')).toBe(true);
    expect(tree.isLink('sub')).toBe(false);
  });

  it('does not wait for a pipe', () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect(readOnlyTree(root).read('pipe')).toMatchObject({ kind: 'unreadable', reason: 'not a regular file' });
  });

  it('gives a reason for links in a circle, folders, large files and other encodings', () => {
    symlinkSync('b', join(root, 'a'));
    symlinkSync('a', join(root, 'b'));
    writeFileSync(join(root, 'large'), Buffer.alloc(3 * 1024 * 1024));
    writeFileSync(join(root, 'latin'), Buffer.from([0x66, 0xfc, 0x72]));
    const tree = readOnlyTree(root);
    expect(tree.read('a')).toMatchObject({ reason: expect.stringContaining('circle') });
    expect(tree.read('sub')).toMatchObject({ reason: 'not a regular file' });
    expect(tree.read('large')).toMatchObject({ reason: expect.stringContaining('larger than') });
    expect(tree.read('latin')).toMatchObject({ reason: 'not UTF-8 text' });
    expect(tree.read('none')).toEqual({ kind: 'absent' });
    expect(tree.read('file/none')).toEqual({ kind: 'absent' });
  });

  it.skipIf(process.getuid?.() === 0)('lists folders that it may not read as faults', () => {
    chmodSync(join(root, 'sub'), 0);
    const tree = readOnlyTree(root);
    expect(tree.list('sub')).toEqual([]);
    expect(tree.faults).toHaveLength(1);
    chmodSync(join(root, 'sub'), 0o755);
  });
});
