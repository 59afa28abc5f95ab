import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ToolError } from '../../src/core/errors.ts';
import { Refused } from '../../src/edits/text.ts';
import { FixFiles } from '../../src/verbs/fix-files.ts';
import { Scratch, treeHash } from '../support/cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const code = (run: () => void): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ToolError) return error.code;
    if (error instanceof Refused) return error.message;
    throw error;
  }
  return 'ok';
};

describe('the files of --fix', () => {
  it('are written all or none: one that changed meanwhile stops the rest', () => {
    const root = scratch.folder({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
    const files = new FixFiles([root]);
    for (const name of ['a.yaml', 'b.yaml']) files.editable(root, name, readFileSync(join(root, name), 'utf8'));
    files.commit(new Map([['a.yaml', 'a: 2\n']]));
    files.commit(new Map([['b.yaml', 'b: 2\n']]));
    writeFileSync(join(root, 'b.yaml'), 'b: 3\n');
    const before = treeHash(root);
    expect(code(() => files.write())).toBe('tree-changed');
    expect(treeHash(root)).toBe(before);
    writeFileSync(join(root, 'b.yaml'), 'b: 1\n');
    files.write();
    expect(readFileSync(join(root, 'a.yaml'), 'utf8') + readFileSync(join(root, 'b.yaml'), 'utf8')).toBe(
      'a: 2\nb: 2\n',
    );
  });

  it('are not those that differ from what was audited', () => {
    const root = scratch.folder({ 'a.yaml': 'a: 2\n' });
    expect(code(() => new FixFiles([root]).editable(root, 'a.yaml', 'a: 1\n'))).toBe('it changed while it was audited');
    expect(code(() => new FixFiles([root]).editable(root, 'gone.yaml', 'a: 1\n'))).toBe('it is no longer there');
  });

  it('are neither links nor what a link leads to', () => {
    const root = scratch.folder({ 'real/a.yaml': 'a: 1\n', 'a.yaml': 'a: 1\n' });
    symlinkSync('real', join(root, 'folder'));
    symlinkSync('a.yaml', join(root, 'link.yaml'));
    for (const name of ['folder/a.yaml', 'link.yaml']) {
      expect(code(() => new FixFiles([root]).editable(root, name, 'a: 1\n'))).toContain('symbolic link');
    }
  });

  it('are not text in another encoding', () => {
    const root = scratch.folder({ 'a.yaml': new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0x0a]) });
    expect(code(() => new FixFiles([root]).editable(root, 'a.yaml', 'a: \ufffd\n'))).toContain('not UTF-8');
  });

  it('are found once where two audited folders hold the same', () => {
    const root = scratch.folder({ 'sub/a.yaml': 'a: 1\n' });
    const files = new FixFiles([root, join(root, 'sub')]);
    expect(files.name(root, 'sub/a.yaml')).toBe(files.name(join(root, 'sub'), 'a.yaml'));
    files.editable(root, 'sub/a.yaml', 'a: 1\n');
    files.commit(new Map([[files.name(root, 'sub/a.yaml'), 'a: 2\n']]));
    expect(files.look(join(root, 'sub'), new Map()).read('a.yaml')).toEqual({ kind: 'text', text: 'a: 2\n' });
    expect(files.editable(join(root, 'sub'), 'a.yaml', 'a: 2\n')).toBe('a: 2\n');
  });
});
