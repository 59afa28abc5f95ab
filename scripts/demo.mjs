// `npm run demo`: the whole story on a sample project, with the built CLI: init, audit, up, verify, down. Every line after
// `$` is what a user would type; what follows is the program's own output. Where no engine can be had it shows what works
// without one and says what it left out. Exit code: 0 if everything that was shown ended well.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { which } from './engine/tools.mjs';
import { engine, prepare } from './steps.mjs';

if (!which('git')) {
  console.error('The demo needs git, which is not installed: install it and run `npm run demo` again.');
  process.exit(1);
}

prepare();
const { env: engineEnvironment, reason } = engine();

const root = mkdtempSync(join(tmpdir(), 'cofferdam-demo-'));
const project = join(root, 'sample');
const bin = join(root, 'bin');
const env = { ...process.env, ...engineEnvironment };
env.PATH = `${bin}${delimiter}${env.PATH}`;

const proved = [];
const failed = [];
let interrupted = false;
let tried = false;
process.on('SIGINT', () => {
  interrupted = true; // the running command gets it too, from the terminal; what was made is removed below
});

/** Types a command and shows its output; of a long one (`most` lines) the middle is left out, and that is said. */
async function type(title, line, proves, most) {
  if (failed.length > 0 || interrupted) return;
  await perform(title, line, proves, most);
}

function perform(title, line, proves, most) {
  console.log(`\n# ${title}\n$ ${line}`);
  const [program, ...args] = line.split(' ');
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: project, env, stdio: ['ignore', most ? 'pipe' : 'inherit', 'inherit'] });
    let held = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      held += text;
    });
    child.on('error', (error) => {
      failed.push(`${line}: ${error.message}`);
      done();
    });
    child.on('close', (code, signal) => {
      if (most) console.log(shortened(held.trimEnd().split('\n'), most).join('\n'));
      if (code === 0) proved.push(proves);
      else if (!interrupted) failed.push(`${line}: exit code ${code ?? signal}`);
      done();
    });
  });
}

function shortened(lines, most) {
  if (lines.length <= most) return lines;
  const half = Math.floor(most / 2);
  return [...lines.slice(0, half), `    (${lines.length - 2 * half} more lines)`, ...lines.slice(-half)];
}

function sampleProject() {
  mkdirSync(bin);
  // The command as an installed package would have it.
  writeFileSync(join(bin, 'cofferdam'), `#!/bin/sh\nexec "${process.execPath}" "${resolve('dist/cli.js')}" "$@"\n`);
  chmodSync(join(bin, 'cofferdam'), 0o755);
  mkdirSync(project);
  const manifest = { name: 'sample', version: '1.0.0', private: true, scripts: { start: 'node server.js' } };
  writeFileSync(join(project, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(project, '.nvmrc'), '22\n');
  writeFileSync(join(project, 'server.js'), "console.log('hello from the sample project');\n");
  const git = ['-c', 'user.name=Sample', '-c', 'user.email=sample@example.invalid'];
  for (const args of [
    ['init', '--quiet'],
    ['add', '.'],
    [...git, 'commit', '--quiet', '--message', 'Start'],
  ]) {
    const { status, stderr } = spawnSync('git', args, { cwd: project, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args.at(-1)}: ${stderr}`);
  }
}

try {
  sampleProject();
  console.log(`\nA Node project with one commit, in ${project}`);
  await type(
    'A dev container for the agent, from what the repository says',
    'cofferdam init --yes',
    'the box was generated',
    40,
  );
  await type('What is wrong with these files?', 'cofferdam audit', 'the audit finds nothing in the generated files');
  await type(
    'And would anything change if they were generated again?',
    'cofferdam sync --check',
    'the files are what the policy says',
  );
  if (!reason && failed.length === 0 && !interrupted) {
    tried = true;
    await type('Build and start it', 'cofferdam up', 'the box and its sidecars are up and healthy');
    await type('The agent works in it', 'cofferdam exec -- git log --oneline', 'git works inside');
    await type(
      'Attack it, as the agent would',
      'cofferdam verify',
      'no attack got through, and each one got through on a weak box first',
    );
  }
} catch (error) {
  failed.push(error.message);
} finally {
  if (tried) {
    await perform('Remove what `up` made, and nothing else', 'cofferdam down --all', 'everything was removed');
  }
  rmSync(root, { recursive: true, force: true });
}

console.log('\n── what was shown');
for (const line of proved) console.log(`  ok      ${line}`);
if (reason) {
  console.log(`  left out up, exec, verify, down: ${reason}`);
}
for (const line of failed) console.log(`  FAILED  ${line}`);
if (interrupted) console.log('  stopped by Ctrl-C');
process.exitCode = interrupted ? 130 : failed.length > 0 ? 1 : 0;
