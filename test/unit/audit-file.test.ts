import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { auditTo } from '../../src/sidecars/audit.ts';
import { type FileLimits, openAuditFile } from '../../src/sidecars/audit-file.ts';
import { firewallKind } from '../../src/sidecars/firewall/kinds.ts';
import { type Journal, openJournal, Untold } from '../../src/sidecars/journal.ts';
import { chainChecker } from '../../src/verbs/audit-chain.ts';

const SMALL: FileLimits = { maxBytes: 3_000, files: 3 };

describe('the audit log in a file', () => {
  let folder: string;
  let path: string;
  const open: Journal[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cofferdam-audit-'));
    path = join(folder, 'audit.log');
  });
  afterEach(() => {
    for (const journal of open.splice(0)) journal.close();
    rmSync(folder, { recursive: true });
  });

  /** A sidecar that starts. */
  function begin(limits?: FileLimits) {
    const out: string[] = [];
    const err: string[] = [];
    const journal = openJournal('docker-firewall', firewallKind, {
      out: (text) => out.push(text),
      err: (text) => err.push(text),
      file: path,
      ...(limits ? { limits } : {}),
    });
    open.push(journal);
    journal.audit('started', {});
    return { journal, out, err };
  }

  /** What is kept, oldest first. */
  const kept = (): string[] =>
    readdirSync(folder)
      .filter((name) => name.startsWith('audit.log'))
      .sort()
      .reverse()
      .flatMap((name) => readFileSync(join(folder, name), 'latin1').split('\n').filter(Boolean));
  function problems(lines: readonly string[]): number[] {
    const check = chainChecker({ starts: 'go on' });
    return lines.flatMap((line, index) => (check(line).problem === undefined ? [] : [index]));
  }
  const events = (): string[] => kept().map((line) => (line.endsWith('}') ? JSON.parse(line).event : 'not JSON'));
  const refused = (target: string) => ({ method: 'GET', route: '/containers/{id}/json', target, code: 'not-in-scope' });

  /** Lines without a limit to how many. */
  function fill(count: number, limits = SMALL): void {
    const file = openAuditFile(path, limits);
    const audit = auditTo('docker-firewall', file.add, file.previous);
    for (let index = 0; index < count; index++) {
      audit('refused', refused(`c${index}`));
      file.write();
    }
    file.close();
  }

  it('has each decision in its order, although they are written together later', async () => {
    const { journal, out } = begin();
    for (let index = 0; index < 1_000; index++) journal.audit('refused', refused(`c${index}`));
    await vi.waitFor(() => expect(kept()).toHaveLength(1_001));
    expect(kept().flatMap((line) => JSON.parse(line).detail.target ?? [])).toEqual(
      Array.from({ length: 1_000 }, (_, index) => `c${index}`),
    );
    expect(problems(kept())).toEqual([]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(out.join('').split('\n')).toHaveLength(1 + 20 + 1); // standard output counts repeats much earlier
  });

  it('has the time of the decision, not of the writing', () => {
    const { journal } = begin();
    journal.audit('refused', refused('db'), Date.UTC(2026, 0, 2, 3, 4, 5, 6));
    journal.flush(false);
    expect(JSON.parse(kept()[1] ?? '').time).toBe('2026-01-02T03:04:05.006Z');
  });

  it('keeps a number of files of a size, with one chain through all of them', () => {
    fill(100);
    expect(readdirSync(folder).sort()).toEqual(['audit.log', 'audit.log.1', 'audit.log.2']);
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(SMALL.maxBytes);
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
    expect(problems(kept())).toEqual([]);
    expect(JSON.parse(kept().at(-1) ?? '').detail.target).toBe('c99');
    const first = readFileSync(path, 'utf8').split('\n')[0] ?? '';
    expect(problems(kept().toSpliced(kept().indexOf(first) - 1, 1))).toHaveLength(1); // the last of the older file
    unlinkSync(`${path}.1`);
    expect(problems(kept())).toHaveLength(1);
  });

  it('goes on after a start, also one between two files', () => {
    fill(5);
    chmodSync(path, 0o644);
    begin().journal.flush(false);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    renameSync(path, `${path}.1`);
    begin().journal.flush(false);
    expect(events().filter((event) => event === 'started')).toHaveLength(2);
    expect(problems(kept())).toEqual([]);
  });

  it('says that a crash cut its last line, and goes on behind it', () => {
    fill(5);
    truncateSync(path, statSync(path).size - 30);
    const { journal } = begin();
    journal.flush(false);
    expect(events()).toEqual(['refused', 'refused', 'refused', 'refused', 'not JSON', 'torn', 'started']);
    expect(problems(kept())).toEqual([4]);
  });

  it('goes on in a new file when somebody moves or removes the one that it writes', () => {
    const { journal } = begin();
    journal.flush(false);
    renameSync(path, `${path}.1`);
    journal.audit('refused', refused('db'));
    journal.flush(false);
    expect(events()).toEqual(['started', 'refused']);
    expect(problems(kept())).toEqual([]);
    unlinkSync(path);
    journal.audit('refused', refused('web'));
    journal.flush(false);
    expect(events()).toEqual(['started', 'refused']);
    expect(problems(kept())).toEqual([1]); // a line is missing, and it shows
  });

  describe('is not started on', () => {
    const other = () => join(folder, 'other');
    it.each<[string, () => void, RegExp]>([
      ['a link', () => symlinkSync(other(), path), /ELOOP/],
      ['a folder', () => mkdirSync(path), /EISDIR/],
      ['a FIFO', () => void execFileSync('mkfifo', [path]), /not a regular file/],
      ['a device', () => void execFileSync('mknod', [path, 'c', '1', '3']), /not a regular file/],
      ['a second name of a file', () => linkSync(other(), path), /hard link/],
      ['another program’s file', () => writeFileSync(path, 'root:x:0:0\n'), /holds something else/],
      ['a file whose end is no line', () => writeFileSync(path, `{"time":"${'x'.repeat(2 << 20)}`), /too long/],
      ['a file in no folder', () => rmSync(folder, { recursive: true }), /ENOENT/],
    ])('%s', (_, make, why) => {
      writeFileSync(other(), '');
      make();
      expect(() => begin()).toThrow(why);
      expect(() => begin()).toThrow(expect.objectContaining({ code: 'settings-invalid' }));
      mkdirSync(folder, { recursive: true });
      if (existsSync(other())) expect(readFileSync(other(), 'utf8')).toBe('');
    });
  });

  describe.skipIf(process.getuid?.() !== 0)('on a full disk', () => {
    let mounted: string;
    beforeEach(() => {
      mounted = folder;
      const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mounted], {
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(stderr);
    });
    afterEach(() => {
      for (const journal of open.splice(0)) journal.close();
      execFileSync('umount', [mounted]);
    });
    const stuff = () => join(folder, 'stuff');
    /** Leaves no byte. */
    function fillDisk(): void {
      expect(() => {
        for (;;) appendFileSync(stuff(), 'x'.repeat(4_096));
      }).toThrow('ENOSPC');
    }

    it('lets nothing through until it can be written again, and loses no line of what it knew', () => {
      const { journal, err } = begin();
      journal.flush(false);
      fillDisk();
      for (let index = 0; index < 100; index++) journal.audit('refused', refused(`c${index}`));
      journal.audit('allowed', refused('before'));
      journal.flush(false);
      expect(journal.blocked()).toBe('ENOSPC');
      expect(() => journal.audit('allowed', refused('db'))).toThrow(Untold);
      journal.audit('refused', refused('while'));
      journal.flush(false);
      expect(err).toEqual(["the audit log can't be written (ENOSPC); all requests are refused until it can\n"]);
      unlinkSync(stuff());
      journal.flush(false);
      expect(journal.blocked()).toBeUndefined();
      journal.audit('allowed', refused('after'));
      journal.flush(false);
      const targets = kept().flatMap((line) => JSON.parse(line).detail.target ?? []);
      expect(targets).toHaveLength(103);
      expect(targets.slice(-3)).toEqual(['before', 'while', 'after']);
      expect(problems(kept())).toEqual([]);
      expect(err).toHaveLength(2);
    });

    it('says how many lines found no room in memory', () => {
      const { journal } = begin();
      journal.flush(false);
      fillDisk();
      journal.audit('refused', refused('x'.repeat(1_000)));
      for (let index = 0; index < 12_000; index++) {
        journal.audit('refused', { ...refused(`c${index}`), code: `kind-${index % 10}` });
      }
      journal.flush(false);
      const { lost } = journal.counts();
      expect(lost).toBeGreaterThan(1_000);
      unlinkSync(stuff());
      execFileSync('mount', ['-o', 'remount,size=64m', mounted]);
      journal.flush(false);
      expect(events().at(-1)).toBe('lost');
      expect(JSON.parse(kept().at(-1) ?? '').detail).toEqual({ count: lost });
      expect(problems(kept())).toEqual([]);
    });

    it('says what it could not write when it ends there', () => {
      const { journal, err } = begin();
      fillDisk();
      for (let index = 0; index < 100; index++) journal.audit('refused', refused(`c${index}`));
      journal.close();
      expect(err.at(-1)).toMatch(/^\d+ lines of the audit log could not be written\n$/);
      unlinkSync(stuff());
      begin().journal.flush(false);
      expect(events()).toContain('started');
    });
  });
});
