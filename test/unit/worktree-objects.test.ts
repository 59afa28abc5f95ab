import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

  it('follows no link that takes the place of a file after it was listed', async () => {
    const files = [...'abcdef01'].map((name) => join(objects, 'pack', `pack-${name}.pack`));
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'SECRET');
    // As an agent would: as soon as the first copy is begun, every other file is a link.
    const swap = `const fs = require('node:fs'); const [to, secret, ...files] = process.argv.slice(1);
      const begun = () => { try { return fs.readdirSync(to).length > 0; } catch { return false; } };
      fs.writeFileSync(secret + '.ready', ''); while (!begun()); let n = 0;
      for (const file of files) { fs.symlinkSync(secret, secret + ++n); fs.renameSync(secret + n, file); }`;
    let refused: unknown;
    for (let round = 0; round < 20 && refused === undefined; round++) {
      for (const name of readdirSync(folder)) if (/^secret./.test(name)) rmSync(join(folder, name));
      rmSync(to, { recursive: true, force: true });
      for (const file of files) {
        rmSync(file, { force: true });
        writeFileSync(file, Buffer.alloc(8 << 20));
      }
      const child = spawn(process.execPath, ['-e', swap, join(to, 'pack'), secret, ...files]);
      const ended = once(child, 'exit');
      await vi.waitUntil(() => existsSync(`${secret}.ready`), { timeout: 60_000 });
      try {
        copy();
      } catch (error) {
        refused = error;
      }
      child.kill();
      await ended;
      for (const path of copied()) expect(readFileSync(join(to, path), 'latin1')).not.toContain('SECRET');
    }
    expect(String(refused)).toMatch(/one became a link/); // in one of the rounds it met one
  });

  it('ends where it gets too large', () => {
    copy(9096);
    rmSync(to, { recursive: true });
    expect(() => copy(9095)).toThrow(/more objects of its own/);
  });
});
