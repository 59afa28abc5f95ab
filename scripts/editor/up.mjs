#!/usr/bin/env node
// A real VS Code server and a real browser for the tests, on a machine that has a container engine and, for what is
// missing, root and Debian's apt. Prints what a shell needs to use it, and nothing else, on stdout:
//
//     eval "$(scripts/engine/up.mjs)"; eval "$(scripts/editor/up.mjs)"
//
// EDITOR_CACHE is where the server is kept (about 700 MB; CI may keep it). A second run finds everything done. Exit
// status: 0 both are there, 1 they are not; stderr says why.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { need } from '../engine/packages.mjs';
import { run, Stop, which } from '../engine/tools.mjs';
import { SETTINGS } from './settings.mjs';

/** Debian's browser. Without a font it draws boxes. */
function browser() {
  if (!which('chromium')) {
    if (process.getuid?.() !== 0 || !which('apt-get')) {
      throw new Stop('there is no chromium, and only root on a Debian machine can install it');
    }
    need('chromium', 'chromium', 'fonts-dejavu-core');
  }
  return which('chromium');
}

/** The server as one file, built once: tens of thousands of small ones are exported and copied many times slower. */
function server() {
  const { server: file, context, cache } = SETTINGS;
  if (existsSync(file)) return file;
  const work = `${file}.part`; // renamed when whole, so that a run that was cut off leaves nothing half
  mkdirSync(cache, { recursive: true });
  process.stderr.write('editor: building the server (minutes: native modules are compiled)\n');
  const given = Object.entries(SETTINGS.arguments).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
  run(['docker', 'build', '--progress=plain', ...given, '--output', `type=tar,dest=${work}`, context]);
  chmodSync(work, 0o644);
  renameSync(work, file);
  return file;
}

/** A word for a POSIX shell. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const script = fileURLToPath(import.meta.url);
if (!process.argv.includes('--locked')) {
  // Of two callers at once the second finds everything done.
  mkdirSync(SETTINGS.cache, { recursive: true });
  const call = ['--close', join(SETTINGS.cache, 'lock'), process.execPath, script, '--locked'];
  const { status, error } = spawnSync('flock', call, { stdio: 'inherit' });
  if (error) process.stderr.write(`editor: flock: ${error.message}\n`);
  process.exitCode = status ?? 1;
} else {
  try {
    const found = { EDITOR_BROWSER: browser(), EDITOR_SERVER: server() };
    for (const [name, value] of Object.entries(found)) console.log(`export ${name}=${quoted(value)}`);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    process.stderr.write(`editor: ${error.message}\n`);
    process.exitCode = 1;
  }
}
