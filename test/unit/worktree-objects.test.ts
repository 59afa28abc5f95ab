import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyObjects } from '../../src/verbs/worktree-objects.ts';

let folder: string;
let objects: string;
let to: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cofferdam-objects-'));
  objects = join(folder, 'tree/.git/objects');
  to = join(folder, 'copy');
  for (const name of ['ab', 'pack', 'info']) mkdirSync(join(objects, name), { recursive: true });
  writeFileSync(join(objects, 'ab', 'c'.repeat(38)), 'x'.repeat(5000));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const copy = (maxBytes?: number): void => copyObjects(join(folder, 'tree'), to, maxBytes);
const copied = (): readonly string[] =>
  readdirSync(to, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.includes('/'))
    .sort();

describe('the copy of a worktree’s objects', () => {
  it('has objects and packs, and nothing that says how to read them', () => {
    for (const name of ['pack-1a.pack', 'pack-1a.idx', 'pack-1a.promisor', 'multi-pack-index', 'tmp_pack_1']) {
      writeFileSync(join(objects, 'pack', name), 'x');
    }
    for (const name of ['alternates', 'commit-graph']) writeFileSync(join(objects, 'info', name), 'x');
    copy();
    expect(copied()).toEqual([`ab/${'c'.repeat(38)}`, 'pack/pack-1a.idx', 'pack/pack-1a.pack']);
  });

  it.each(['ab', 'pack'])('follows no link in the place of %s', (name) => {
    renameSync(join(objects, name), join(folder, 'foreign'));
    symlinkSync(join(folder, 'foreign'), join(objects, name));
    expect(() => copy()).toThrow(/neither a file nor a folder/);
  });

  it('follows no link in the place of an object or of all of them', () => {
    symlinkSync('/etc/hostname', join(objects, 'pack/pack-2b.pack'));
    expect(() => copy()).toThrow(/pack-2b\.pack is neither a file nor a folder/);
    renameSync(objects, join(folder, 'foreign'));
    symlinkSync(join(folder, 'foreign'), objects);
    expect(() => copy()).toThrow(/symbolic link/);
  });

  it('ends where it gets too large', () => {
    copy(9096);
    rmSync(to, { recursive: true });
    expect(() => copy(9095)).toThrow(/more objects of its own/);
  });
});
