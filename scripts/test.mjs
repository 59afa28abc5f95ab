// `npm test`: from a fresh clone to a verdict. Installs, builds, checks, finds or brings up an engine, runs the tests and
// says what ran, what failed and what was left out and why. Words after `--` go to vitest (`npm test -- firewall`).
// LIVE=must: a test that needs an engine and is skipped counts as failed.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CHECKS, editor, engine, prepare, step } from './steps.mjs';

const began = performance.now();
const must = process.env.LIVE === 'must';
const filters = process.argv.slice(2);
const problems = [];

prepare();
const { env, reason } = engine();
if (reason) {
  console.log(`tests that need an engine are skipped: ${reason}`);
  if (must) problems.push(`LIVE=must: ${reason}`);
}

/** Whether the run has tests that drive a real editor; an option's meaning is vitest's to know. */
const wantsEditor = readdirSync('test/live')
  .filter((file) => file.startsWith('real-editor-'))
  .some(
    (file) => filters.length === 0 || filters.some((word) => /^-/.test(word) || `test/live/${file}`.includes(word)),
  );
// It is built while everything runs that does not need it.
const rig = env && wantsEditor ? editor(env) : undefined;

problems.push(...CHECKS.filter(([title, argv]) => !step(title, argv)).map(([title]) => `check: ${title}`));

const folder = mkdtempSync(join(tmpdir(), 'cofferdam-test-'));
const took = join(folder, 'took');
const results = [];

/** Runs the tests of some projects; gives whether they ended well. */
function run(title, projects, more = {}) {
  const report = join(folder, `${title}.json`);
  const given = projects.map((project) => `--project=${project}`);
  const reporters = ['default', 'json', './scripts/took.mjs'].map((name) => `--reporter=${name}`);
  const options = ['--passWithNoTests', ...given, ...reporters, `--outputFile.json=${report}`, ...filters];
  const ended = step(title, ['node_modules/.bin/vitest', 'run', ...options], { ...env, ...more, TOOK: took });
  try {
    results.push(...JSON.parse(readFileSync(report, 'utf8')).testResults);
  } catch (error) {
    problems.push(`no report of the ${title}: ${error.message}`);
  }
  return ended;
}

const chosen = filters.some((word) => word.startsWith('--project'));
const quick = chosen || run('quick tests', ['unit', 'cli']);
const { env: found = {}, reason: noEditor } = (await rig) ?? {};
if (noEditor) {
  console.log(`tests that need a real editor are skipped: ${noEditor}`);
  if (must) problems.push(`LIVE=must: ${noEditor}`);
}
const live = run(chosen ? 'chosen tests' : 'live tests', chosen ? [] : ['live', 'live-alone'], found);
const timed = existsSync(took) ? readFileSync(took, 'utf8').trim().split('\n') : [];
const slowest = timed.map((line) => JSON.parse(line)).sort((a, b) => b.seconds - a.seconds);
rmSync(folder, { recursive: true });

/** Which kind of test a file is: unit, cli, live. */
const kindOf = (file) => /^test\/(\w+)\//.exec(relative(process.cwd(), file))?.[1] ?? 'other';
const kinds = {};
const skipped = new Map();
const failed = [];
for (const { name, status, message, assertionResults } of results) {
  const kind = kindOf(name);
  kinds[kind] ??= { passed: 0, failed: 0, skipped: 0 };
  for (const test of assertionResults) {
    const outcome = test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped';
    kinds[kind][outcome]++;
    if (outcome === 'failed') failed.push([name, test.fullName, test.failureMessages.join('\n')]);
    if (outcome === 'skipped') {
      const own = /\/real-editor-[^/]*$/.test(name) ? (reason ?? noEditor) : reason;
      const why = (kind === 'live' && own) || 'the test itself says so';
      const key = `${relative(process.cwd(), name)}: ${why}`;
      skipped.set(key, (skipped.get(key) ?? 0) + 1);
    }
  }
  // A file that does not load has no tests to count.
  if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) {
    kinds[kind].failed++;
    failed.push([name, 'the file itself', message ?? '']);
  }
}

const sum = (key) => Object.values(kinds).reduce((total, counts) => total + counts[key], 0);
if (!(quick && live) || sum('failed') > 0) problems.push(`${sum('failed')} failed test(s)`);
if (sum('passed') + sum('failed') + sum('skipped') === 0) problems.push('there is no such test');
if (must && (kinds.live?.skipped ?? 0) > 0) problems.push(`LIVE=must: ${kinds.live.skipped} live test(s) were skipped`);
if (must && filters.length === 0 && !kinds.live?.passed) problems.push('LIVE=must: no live test ran');

/** How much of a failure's message is said again at the end, where a long log is cut off at its beginning. */
const SAID_LINES = 25;
if (failed.length > 0) console.log('\n── failed');
for (const [name, title, why] of failed) {
  console.log(`${relative(process.cwd(), name)}: ${title}`);
  const lines = stripVTControlCharacters(why)
    .split('\n')
    .filter((line) => !line.includes('/node_modules/'));
  for (const line of lines.slice(0, SAID_LINES)) console.log(`    ${line}`);
}

console.log('\n── slowest files');
for (const { file, seconds } of slowest.slice(0, 10)) {
  console.log(`${seconds.toFixed(0).padStart(5)} s  ${relative(process.cwd(), file)}`);
}

console.log('\n── summary');
for (const [kind, { passed, failed, skipped: left }] of Object.entries(kinds)) {
  console.log(`${kind.padEnd(6)} run ${passed + failed}, passed ${passed}, failed ${failed}, skipped ${left}`);
}
for (const [key, count] of skipped) console.log(`  skipped ${count} × ${key}`);
console.log(
  `total  run ${sum('passed') + sum('failed')}, passed ${sum('passed')}, failed ${sum('failed')}, skipped ${sum('skipped')}` +
    `, in ${Math.round((performance.now() - began) / 1000)} s`,
);
for (const problem of problems) console.log(`NOT OK  ${problem}`);
if (problems.length === 0) console.log('OK');
process.exitCode = problems.length ? 1 : 0;
