// What `cofferdam up` costs beside a bare `devcontainer up`: of the same files, and of the same files without the sidecars.
// Started in turn, with all images built; the rest is the same for all three. Prints medians and ratios.
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
const [ours, boxed, bare] = ['ours', 'boxed', 'bare'].map((name) => join(root, name));

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

const compose = (folder) => join(folder, '.devcontainer/docker-compose.yml');
const bareSide = (name, folder) => ({
  name,
  seconds: [],
  up: () => run([...devcontainer, 'up', '--workspace-folder', folder], folder),
  down: (...more) =>
    run(['docker', 'compose', '--file', compose(folder), 'down', ...more], join(folder, '.devcontainer')),
  remove: ['--volumes', '--rmi', 'local'],
});
const SIDES = [
  {
    name: 'cofferdam up',
    seconds: [],
    up: () => run([...cofferdam, 'up'], ours),
    down: (...more) => run([...cofferdam, 'down', ...more], ours),
    remove: ['--all'],
  },
  bareSide('devcontainer up', boxed),
  bareSide('devcontainer up, no sidecars', bare),
];

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

try {
  mkdirSync(ours);
  writeFileSync(join(ours, 'package.json'), '{ "name": "sample", "version": "1.0.0", "private": true }\n');
  writeFileSync(join(ours, '.nvmrc'), '22\n');
  run(['git', 'init', '--quiet'], ours);
  run([...cofferdam, 'init', '--yes'], ours);
  for (const folder of [boxed, bare]) cpSync(ours, folder, { recursive: true });
  writeFileSync(compose(bare), withoutSidecars(readFileSync(compose(bare), 'utf8')));
  for (const { up, down } of SIDES) {
    up(); // builds the images; not counted
    down();
  }
  for (let round = 1; round <= rounds; round++) {
    // Who goes first changes, so that a machine that warms up favours nobody.
    const turn = round % SIDES.length;
    for (const side of [...SIDES.slice(turn), ...SIDES.slice(0, turn)]) {
      const seconds = side.up();
      side.seconds.push(seconds);
      side.down();
      console.log(`round ${round}  ${side.name.padEnd(28)}  ${seconds.toFixed(2)} s`);
    }
  }
  const medians = SIDES.map(({ seconds }) => median(seconds));
  for (const [index, { name }] of SIDES.entries()) {
    const ratio = index === 0 ? '' : `, cofferdam up takes ${(medians[0] / medians[index]).toFixed(2)} times as long`;
    console.log(`median   ${name.padEnd(28)}  ${medians[index].toFixed(2)} s${ratio}`);
  }
} finally {
  for (const { down, remove } of SIDES) {
    try {
      down(...remove);
    } catch (error) {
      console.error(error.message);
    }
  }
  rmSync(root, { recursive: true, force: true });
}
