// What `cofferdam up` costs beside a bare `devcontainer up`: the same generated files in two folders, one of them without
// the sidecars, started in turn with all images built. Prints medians and the ratio.
//
//     node bench/up.mjs [ROUNDS]        5 by default; needs an engine and a build (npm run build)
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';

const rounds = Number(process.argv[2] ?? 5);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('ROUNDS is a number from 1 up');

const cofferdam = [process.execPath, resolve('dist/cli.js')];
const devcontainer = [process.execPath, resolve('node_modules/@devcontainers/cli/devcontainer.js')];
const root = mkdtempSync(join(tmpdir(), 'bench-up-'));
const [boxed, bare] = ['boxed', 'bare'].map((name) => join(root, name));

function run(argv, cwd) {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(argv[0], argv.slice(1), { cwd, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (status !== 0)
    throw new Error(`${argv.slice(1).join(' ')} ended with ${status}:\n${stdout}${stderr}`.slice(-4000));
  return (performance.now() - began) / 1000;
}

/** The same compose file with the agent alone. */
function withoutSidecars(text) {
  const file = parse(text);
  const { agent } = file.services;
  delete agent.depends_on;
  agent.networks = ['default'];
  return stringify({ ...file, services: { agent }, networks: { default: file.networks.default } });
}

const compose = join(bare, '.devcontainer/docker-compose.yml');
const SIDES = [
  {
    name: 'cofferdam up',
    seconds: [],
    up: () => run([...cofferdam, 'up'], boxed),
    down: () => run([...cofferdam, 'down'], boxed),
  },
  {
    name: 'devcontainer up, no sidecars',
    seconds: [],
    up: () => run([...devcontainer, 'up', '--workspace-folder', bare], bare),
    down: () => run(['docker', 'compose', '--file', compose, 'down'], join(bare, '.devcontainer')),
  },
];

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

try {
  mkdirSync(boxed);
  writeFileSync(join(boxed, 'package.json'), '{ "name": "sample", "version": "1.0.0", "private": true }\n');
  writeFileSync(join(boxed, '.nvmrc'), '22\n');
  run(['git', 'init', '--quiet'], boxed);
  run([...cofferdam, 'init', '--yes'], boxed);
  cpSync(boxed, bare, { recursive: true });
  writeFileSync(compose, withoutSidecars(readFileSync(compose, 'utf8')));
  for (const { up, down } of SIDES) {
    up(); // builds the images; not counted
    down();
  }
  for (let round = 1; round <= rounds; round++) {
    // Who goes first alternates, so that a machine that warms up favours nobody.
    for (const side of round % 2 ? SIDES : SIDES.toReversed()) {
      const seconds = side.up();
      side.seconds.push(seconds);
      side.down();
      console.log(`round ${round}  ${side.name.padEnd(28)}  ${seconds.toFixed(2)} s`);
    }
  }
  const [ours, theirs] = SIDES.map(({ seconds }) => median(seconds));
  for (const { name, seconds } of SIDES) console.log(`median   ${name.padEnd(28)}  ${median(seconds).toFixed(2)} s`);
  console.log(`ratio    ${(ours / theirs).toFixed(2)}`);
} finally {
  for (const [side, folder] of [
    [cofferdam, boxed],
    [undefined, bare],
  ]) {
    try {
      if (side) run([...side, 'down', '--all'], folder);
      else
        run(
          ['docker', 'compose', '--file', compose, 'down', '--volumes', '--rmi', 'local'],
          join(bare, '.devcontainer'),
        );
    } catch (error) {
      console.error(error.message);
    }
  }
  rmSync(root, { recursive: true, force: true });
}
