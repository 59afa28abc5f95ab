// What `cofferdam audit` costs: its start over bare Node's, and a folder of repositories beside dclint (compose files) and
// dockerfilelint (Dockerfiles), each on the files that it reads. One run, started in turn; medians. Needs a build.
//
//     node bench/audit.mjs FOLDER [--rounds N]        FOLDER holds one repository in each of its folders
//
// The two linters come from npm into a temporary folder. Nothing of the repositories is run.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '9' } },
});
const rounds = Number(values.rounds);
if (positionals.length !== 1 || !(Number.isInteger(rounds) && rounds >= 1)) {
  console.error('node bench/audit.mjs FOLDER [--rounds N]');
  process.exit(2);
}
const corpus = resolve(positionals[0]);
const cli = resolve('dist/cli.js');
const temp = mkdtempSync(join(tmpdir(), 'bench-audit-'));
process.on('exit', () => rmSync(temp, { recursive: true, force: true }));

/** Tells at its end what the process used; loaded with --require, which costs bare Node as much as the others. */
const meter = join(temp, 'meter.cjs');
writeFileSync(
  meter,
  `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  require('node:fs').writeSync(3, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1000, rss: maxRSS / 1024 }));
});
`,
);

/** One start: milliseconds by the clock and of the processor, MiB at most. */
function run(args, ended = (status) => [0, 1, 3].includes(status)) {
  const began = performance.now();
  const { status, signal, output } = spawnSync(process.execPath, ['--require', meter, ...args], {
    cwd: temp,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    maxBuffer: 64 << 20,
  });
  const wall = performance.now() - began;
  if (signal || !ended(status)) throw new Error(`${args.join(' ')}: ${status ?? signal}\n${output[2]}`);
  return { wall, ...JSON.parse(output[3]) };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** Runs subjects in turn, who goes first changing, and gives the median of each measure. */
function measured(subjects, times) {
  const taken = Object.keys(subjects).map((name) => [name, []]);
  for (let round = 0; round < times; round++) {
    for (const [name, list] of round % 2 ? [...taken].reverse() : taken) list.push(subjects[name]());
  }
  const of = (list) =>
    Object.fromEntries(['wall', 'cpu', 'rss'].map((key) => [key, median(list.map((one) => one[key]))]));
  return Object.fromEntries(taken.map(([name, list]) => [name, of(list)]));
}

const sum = (list) =>
  list.reduce((a, b) => ({ wall: a.wall + b.wall, cpu: a.cpu + b.cpu, rss: Math.max(a.rss, b.rss) }), {
    wall: 0,
    cpu: 0,
    rss: 0,
  });

function table(title, results) {
  console.log(`\n${title}`);
  for (const [name, { wall, cpu, rss }] of Object.entries(results)) {
    const numbers = [`${wall.toFixed(0)} ms`, `${cpu.toFixed(0)} ms`, `${rss.toFixed(0)} MiB`];
    console.log(`  ${name.padEnd(44)}${numbers.map((text) => text.padStart(11)).join('')}`);
  }
}

const one = join(temp, 'one');
mkdirSync(join(one, '.devcontainer'), { recursive: true });
writeFileSync(join(one, '.devcontainer/devcontainer.json'), '{ "image": "debian:12", "privileged": true }\n');
writeFileSync(join(one, 'compose.yaml'), 'services:\n  a:\n    image: debian:12\n');
writeFileSync(join(one, 'Dockerfile'), 'FROM debian:12\nRUN true\n');

console.log('Installing dclint and dockerfilelint …');
execFileSync(
  'npm',
  [
    'install',
    '--prefix',
    temp,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    'dclint@3.1.0',
    'dockerfilelint@1.8.0',
  ],
  { stdio: 'ignore' },
);
const dclint = join(temp, 'node_modules/dclint/bin/dclint.cjs');
const dockerfilelint = join(temp, 'node_modules/dockerfilelint/bin/dockerfilelint');

console.log('\nby the clock, of the processor, memory at most; medians');
const start = measured(
  {
    'bare Node': () => run(['-e', '0']),
    'cofferdam audit': () => run([cli, 'audit', one]),
    dclint: () => run([dclint, join(one, 'compose.yaml')]),
    dockerfilelint: () => run([dockerfilelint, join(one, 'Dockerfile')]),
  },
  rounds,
);
table(`One small project, ${rounds} rounds:`, start);
const over = (key) => (start['cofferdam audit'][key] - start['bare Node'][key]).toFixed(0);
console.log(`  cofferdam over bare Node: ${over('wall')} ms by the clock, ${over('cpu')} ms of the processor`);

const repositories = readdirSync(corpus, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => join(corpus, name));
const files = readdirSync(corpus, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
const composes = files.filter((file) => /^(?:docker-)?compose.*\.ya?ml$/.test(basename(file)));
const dockerfiles = files.filter((file) => /(?:^|\.)Dockerfile(?:\.|$)/i.test(basename(file)));
const times = Math.max(Math.ceil(rounds / 3), 1);
const name = (tool, count, what) => `${tool}: ${count} ${what}`;

/** Linters end with 1, or with the number of what they found. */
const linted = (status) => status >= 0;

/** A linter needs files: without any, or of those that it can't read, there is nothing to measure. */
const linters = [
  ['dclint', dclint, composes, 'compose files'],
  ['dockerfilelint', dockerfilelint, dockerfiles, 'Dockerfiles'],
].filter(([tool, , list, what]) => list.length > 0 || console.log(`\n${tool} is left out: the folder has no ${what}.`));

const each = measured(
  Object.fromEntries([
    [
      name('cofferdam', repositories.length, 'repositories'),
      () => sum(repositories.map((folder) => run([cli, 'audit', folder]))),
    ],
    ...linters.map(([tool, program, list, what]) => [
      name(tool, list.length, what),
      () => sum(list.map((file) => run([program, file], linted))),
    ]),
  ]),
  1,
);
table('A process for each, all times added:', each);

const half = repositories.slice(0, repositories.length >> 1);
const whole = measured(
  Object.fromEntries([
    [name('cofferdam', 1, 'repository'), () => run([cli, 'audit', repositories[0]])],
    [name('cofferdam', half.length, 'repositories'), () => run([cli, 'audit', ...half])],
    [name('cofferdam', repositories.length, 'repositories'), () => run([cli, 'audit', ...repositories])],
    ...linters.map(([tool, program, list, what]) => [
      name(tool, list.length, what),
      () => run([program, ...list], linted),
    ]),
  ]),
  times,
);
table(`One process for all, ${times} rounds:`, whole);
