#!/usr/bin/env node
// A git that is newer than the machine's, for tests of what it writes (relative worktrees, git 2.48): prints a folder for
// PATH. Its packages are unpacked into the cache, with the C library that they need, and never installed.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackOnce } from './engine/packages.mjs';
import { SETTINGS } from './engine/settings.mjs';
import { run, Stop } from './engine/tools.mjs';

const PACKAGES = ['git', 'libc6', 'libpcre2-8-0', 'zlib1g'];
/** What git starts by name, and how the one program is called for it. */
const NAMES = { git: '', 'git-upload-pack': ' upload-pack', 'git-receive-pack': ' receive-pack' };
const folder = join(SETTINGS.cache, `git-${SETTINGS.suite}`);

/** The program with its own loader and libraries; it finds itself again as `git` in the same folder. */
function wrap(work) {
  const triplet = readdirSync(join(work, 'tree/usr/lib')).find((name) => name.includes('-linux-gnu')) ?? '';
  const loader = readdirSync(join(work, 'tree/usr/lib', triplet)).find((file) => /^ld-linux.*\.so\.\d$/.test(file));
  if (!loader) throw new Stop(`the packages of Debian ${SETTINGS.suite} hold no loader`);
  const [bin, tree] = [join(folder, 'bin'), join(folder, 'tree')];
  const libraries = join(tree, 'usr/lib', triplet);
  mkdirSync(join(work, 'bin'));
  const program = `'${join(libraries, loader)}' --library-path '${libraries}' '${tree}/usr/bin/git'`;
  for (const [name, words] of Object.entries(NAMES)) {
    const text = `#!/bin/sh\nexport GIT_EXEC_PATH='${bin}'\nexec ${program}${words} "$@"\n`;
    writeFileSync(join(work, 'bin', name), text, { mode: 0o755 });
  }
}

try {
  unpackOnce({ folder, suite: SETTINGS.suite, packages: PACKAGES, title: 'a newer git', finish: wrap });
  const version = run([join(folder, 'bin/git'), '--version']);
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
  if (!(Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 48))) {
    throw new Stop(`${version} of Debian ${SETTINGS.suite} is not new enough: 2.48 is needed`);
  }
  console.log(join(folder, 'bin'));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
