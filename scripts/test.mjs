// `npm test`: from a fresh clone to a verdict. Installs, builds, checks, finds or brings up an engine, runs the tests and
// says what ran, what failed and what was left out and why. Words after `--` go to vitest (`npm test -- firewall`).
// LIVE=must: a test that needs an engine and is skipped counts as failed.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { CHECKS, editor, engine, prepare, step } from './steps.mjs';

const began = performance.now();
const must = process.env.LIVE === 'must';
const filters = process.argv.slice(2);

prepare();
const problems = CHECKS.filter(([title, argv]) => !step(title, argv)).map(([title]) => `check: ${title}`);

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
const { env: rig = {}, reason: noEditor } = env && wantsEditor ? editor(env) : {};
if (noEditor) {
  console.log(`tests that need a real editor are skipped: ${noEditor}`);
  if (must) problems.push(`LIVE=must: ${noEditor}`);
}

const folder = mkdtempSync(join(tmpdir(), 'cofferdam-test-'));
const report = join(folder, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const ended = step('tests', ['node_modules/.bin/vitest', 'run', ...reporters, ...filters], { ...env, ...rig });

/** Which kind of test a file is: unit, cli, live. */
const kindOf = (file) => /^test\/(\w+)\//.exec(relative(process.cwd(), file))?.[1] ?? 'other';
const kinds = {};
const skipped = new Map();
try {
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  for (const { name, status, assertionResults } of testResults) {
    const kind = kindOf(name);
    kinds[kind] ??= { passed: 0, failed: 0, skipped: 0 };
    for (const test of assertionResults) {
      const outcome = test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped';
      kinds[kind][outcome]++;
      if (outcome === 'skipped') {
        const own = /\/real-editor-[^/]*$/.test(name) ? (reason ?? noEditor) : reason;
        const why = (kind === 'live' && own) || 'the test itself says so';
        const key = `${relative(process.cwd(), name)}: ${why}`;
        skipped.set(key, (skipped.get(key) ?? 0) + 1);
      }
    }
    // A file that does not load has no tests to count.
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) kinds[kind].failed++;
  }
} catch (error) {
  problems.push(`no report of the tests: ${error.message}`);
}
rmSync(folder, { recursive: true });

const sum = (key) => Object.values(kinds).reduce((total, counts) => total + counts[key], 0);
if (!ended || sum('failed') > 0) problems.push(`${sum('failed')} failed test(s)`);
if (must && (kinds.live?.skipped ?? 0) > 0) problems.push(`LIVE=must: ${kinds.live.skipped} live test(s) were skipped`);
if (must && filters.length === 0 && !kinds.live?.passed) problems.push('LIVE=must: no live test ran');

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
