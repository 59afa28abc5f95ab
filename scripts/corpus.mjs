// corpus.mjs FOLDER [--write]: audits every configuration of a corpus, a folder for each repository, with the built program.
// Fails for a crash, a hang, or a file that was neither checked nor listed. --write puts the figures into the page.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { table } from './markdown.mjs';
import { prepare } from './steps.mjs';

const PAGE = 'docs/internals/corpus.md';
const [START, END] = ['<!-- figures -->', '<!-- end of figures -->'];
/** Generous: what a hang is, on a busy machine too. */
const LIMIT_MS = 120_000;

const [folder = process.env.COFFERDAM_CORPUS, ...flags] = process.argv.slice(2);
if (!folder || flags.some((flag) => flag !== '--write')) {
  console.error('usage: node scripts/corpus.mjs FOLDER [--write]');
  process.exit(2);
}
prepare();
const cli = join(process.cwd(), 'dist/cli.js');
const failures = [];

/** All files below a folder; links are left alone. */
const walk = (from) =>
  readdirSync(from, { withFileTypes: true }).flatMap((entry) => {
    const path = join(from, entry.name);
    return entry.isDirectory() ? walk(path) : entry.isFile() ? [path] : [];
  });

function audit(cwd, paths) {
  const started = performance.now();
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [cli, 'audit', ...paths, '--format', 'json', '--pedantic'],
    { cwd, encoding: 'utf8', timeout: LIMIT_MS, maxBuffer: 1 << 28 },
  );
  const ms = performance.now() - started;
  const what = `${basename(cwd)} ${paths.join(' ')}`;
  if (signal) failures.push(`${what}: no end after ${LIMIT_MS / 1000} s`);
  else if (![0, 1, 3].includes(status) || stderr !== '')
    failures.push(`${what}: exit ${status}: ${stderr.slice(0, 500)}`);
  else return { ms, ...JSON.parse(stdout) };
  return { ms, findings: [], notChecked: [] };
}

const isConfiguration = (path) => /(?:^|\/)\.?devcontainer(?:\.[\w.]+)?\.json$/.test(path);
const isCompose = (path) => /(?:^|[/.-])(?:docker-)?compose[^/]*\.ya?ml$/.test(path);

/** Features of a repository that no configuration names: each read as if one did. */
function features(repository, files) {
  const all = files.filter((path) => basename(path) === 'devcontainer-feature.json');
  const copy = mkdtempSync(join(tmpdir(), 'cofferdam-corpus-'));
  try {
    const named = {};
    all.forEach((path, index) => {
      mkdirSync(join(copy, `f${index}`));
      cpSync(path, join(copy, `f${index}`, 'devcontainer-feature.json'));
      named[`./f${index}`] = {};
    });
    writeFileSync(join(copy, 'devcontainer.json'), JSON.stringify({ image: 'debian', features: named }));
    const { notChecked } = audit(copy, ['devcontainer.json']);
    const broken = notChecked.filter(({ reason }) => reason.startsWith('not valid') || reason === 'empty file');
    return {
      count: all.length,
      broken: broken.map(({ file }) => `${repository}: ${relative(folder, all[Number(/\d+/.exec(file))])}`),
    };
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const total = { repositories: 0, configurations: 0, compose: 0, features: 0, notChecked: 0, ms: 0, slowest: 0 };
const unreadable = [];
const rules = new Map();
for (const repository of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  const root = join(folder, repository.name);
  const files = walk(root);
  const paths = files.map((path) => relative(root, path));
  const named = paths.filter((path) => isConfiguration(path) || isCompose(path));
  const seen = new Map();
  const take = ({ ms, findings, notChecked }) => {
    total.ms += ms;
    total.slowest = Math.max(total.slowest, ms);
    for (const { rule, file, line, column, message, severity } of findings) {
      seen.set([rule, file, line, column, message].join('\n'), { rule, severity });
    }
    total.notChecked += notChecked.length;
    for (const { file, reason } of notChecked) {
      if (!reason) failures.push(`${repository.name}: ${file} is not checked for no reason`);
      if (reason.startsWith('not valid')) unreadable.push(`${repository.name}: ${file}: ${reason}`);
    }
    return new Set(notChecked.map(({ file }) => file));
  };
  const whole = audit(root, ['.']);
  const listed = take(whole);
  const checked = new Set(whole.summary?.configurations ?? []);
  for (const path of named.filter(isConfiguration)) {
    if (checked.has(path) || listed.has(path)) continue;
    // One that no tool finds by itself: looked at by name.
    const one = audit(root, [path]);
    const reasons = take(one);
    if (!one.summary?.configurations?.length && reasons.size === 0)
      failures.push(`${repository.name}: ${path} was passed over`);
  }
  for (const path of named.filter(isCompose)) {
    const one = audit(root, [path]);
    const reasons = take({ ...one, findings: [] });
    if (!one.summary?.configurations?.length && reasons.size === 0)
      failures.push(`${repository.name}: ${path} was passed over`);
  }
  const own = features(repository.name, files);
  unreadable.push(...own.broken);
  total.repositories++;
  total.configurations += named.filter(isConfiguration).length;
  total.compose += named.filter(isCompose).length;
  total.features += own.count;
  for (const { rule } of seen.values()) {
    const row = rules.get(rule) ?? { findings: 0, repositories: new Set() };
    row.findings++;
    row.repositories.add(repository.name);
    rules.set(rule, row);
  }
}

const figures = [
  `${total.repositories} repositories: ${total.configurations} dev container configurations, ${total.compose} compose files and ` +
    `${total.features} Features, each by itself.\n${failures.length} crashed, hung or were passed over; ${unreadable.length} did not parse.`,
  table(
    ['Rule', 'Findings', 'Repositories'],
    [...rules]
      .sort(
        ([a, x], [b, y]) => y.repositories.size - x.repositories.size || y.findings - x.findings || (a < b ? -1 : 1),
      )
      .map(([rule, { findings, repositories }]) => [rule, String(findings), String(repositories.size)]),
  ),
].join('\n\n');
console.log(`\n${figures}`);
console.log(
  `\nslowest ${Math.round(total.slowest)} ms, all ${Math.round(total.ms / 1000)} s, ${total.notChecked} not checked`,
);
for (const line of [...unreadable, ...failures]) console.log(line);
if (flags.includes('--write')) {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(START);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${PAGE} lacks ${START} or ${END}`);
  writeFileSync(PAGE, `${before}${START}\n\n${figures}\n\n${END}${after}`);
}
process.exitCode = failures.length > 0 ? 1 : 0;
