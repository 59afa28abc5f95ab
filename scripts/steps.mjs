// What the test runner, the checks and the demo have in common: install, run a step, find an engine.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const read = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/** Whether node_modules holds what package-lock.json says. npm keeps a lockfile of what it installed. */
function installed() {
  if (!existsSync('node_modules/.package-lock.json')) return false;
  const has = read('node_modules/.package-lock.json');
  return Object.entries(read('package-lock.json')).every(
    ([path, { version, optional }]) => path === '' || has[path]?.version === version || (optional && !has[path]),
  );
}

/** Runs a program on this terminal; gives whether it ended well. */
export function step(title, argv, env = {}) {
  console.log(`\n── ${title}`);
  const [program, ...args] = argv;
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (error) console.error(`${program}: ${error.message}`);
  return status === 0;
}

/** Installs and builds; ends the process where that fails, because nothing after it would mean anything. */
export function prepare() {
  if (!installed() && !step('install', ['npm', 'ci', '--no-audit', '--no-fund'])) process.exit(1);
  if (!step('build', [process.execPath, 'scripts/build.mjs'])) process.exit(1);
}

/** The programs whose word is law here, cheap ones first. They need a build. */
export const CHECKS = [
  ['types', ['node_modules/.bin/tsc', '--project', '.']],
  ['lint and format', ['node_modules/.bin/biome', 'check', '.']],
  ['generated files are current', [process.execPath, 'scripts/generate.mjs', '--check']],
  ['unused code', ['node_modules/.bin/knip']],
  ['package', ['node_modules/.bin/publint', '--strict']],
];

/** What a script prints for a shell to evaluate. */
function exported(stdout) {
  const found = {};
  for (const [, name, value] of stdout.matchAll(/^export (\w+)='(.*)'$/gm))
    found[name] = value.replaceAll("'\\''", "'");
  return found;
}

/**
 * An engine, found or brought up: `{ env }` to start programs with, or `{ reason }` why there is none. Only root on Linux
 * can bring one up.
 */
export function engine() {
  console.log('\n── container engine');
  const { status, stdout } = spawnSync(process.execPath, ['scripts/engine/up.mjs'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return status === 0
    ? { env: exported(stdout) }
    : { reason: 'no container engine answers and none could be brought up (see above)' };
}

/**
 * A real editor's server and a browser, as `engine`, but a promise of it: what is built there takes minutes in which other
 * things can be done. `env` leads to the engine.
 */
export function editor(env) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['scripts/editor/up.mjs'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.on('close', (status) =>
      resolve(
        status === 0
          ? { env: exported(stdout) }
          : { reason: 'there is no editor to test with, and none could be set up (see above)' },
      ),
    );
  });
}
