import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { Scratch } from '../support/cli.ts';

const scratch = new Scratch();
const outer = mkdtempSync(join(tmpdir(), 'integrations-'));
const clone = join(outer, 'clone');
const quiet = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_prefer_offline: 'true' };
/** As `npm pack` named it, in a copy of what the repository holds, with the build that it runs. */
let printed = '';
let tarball = '';

const PRIVILEGED = { '.devcontainer/devcontainer.json': '{\n  "image": "debian:12",\n  "privileged": true\n}\n' };
const BOX = { '.devcontainer/devcontainer.json': '{ "image": "debian:12" }\n' };

beforeAll(() => {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  for (const file of listed.split('\0').filter((name) => name !== '' && existsSync(name))) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(file, join(clone, file));
  }
  symlinkSync(resolve('node_modules'), join(clone, 'node_modules'));
  printed = execFileSync('npm', ['pack'], { cwd: clone, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  tarball = join(clone, printed.trim());
}, 300_000);

afterAll(() => {
  scratch.remove();
  rmSync(outer, { recursive: true, force: true });
});

describe('the pre-commit hook', () => {
  const hooks = z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z-]+$/),
        name: z.string(),
        description: z.string(),
        entry: z.string(),
        language: z.literal('node'),
        pass_filenames: z.literal(false),
        files: z.string(),
      }),
    )
    .parse(parse(readFileSync('.pre-commit-hooks.yaml', 'utf8')));
  const [hook] = hooks;

  it('can be installed from the repository as pre-commit does it, and its entry judges a repository', () => {
    // `pkg = output of npm pack, stripped` in pre-commit's languages/node.py: anything else that is printed breaks it.
    expect(printed).toMatch(/^cofferdam-[\d.]+\.tgz\n$/);
    const prefix = join(outer, 'hook');
    execFileSync('npm', ['install', '-g', '--prefix', prefix, tarball], {
      env: { ...process.env, ...quiet },
      stdio: 'pipe',
    });
    const [program = '', ...args] = (hook?.entry ?? '').split(' ');
    const run = (folder: string) => spawnSync(join(prefix, 'bin', program), args, { cwd: folder, encoding: 'utf8' });
    const { status, stdout } = run(scratch.folder(PRIVILEGED));
    expect([status, stdout]).toEqual([1, expect.stringContaining('critical [privileged]')]);
    expect(run(scratch.folder()).status).toBe(3);
  });

  it('runs for the files that make a dev container, and for no others', () => {
    const pattern = new RegExp((hook?.files ?? '').replace('(?x)', '').replace(/\s/g, ''));
    for (const file of [
      '.devcontainer/devcontainer.json',
      '.devcontainer/post-create.sh',
      'a/.devcontainer.json',
      'compose.yaml',
      'x/docker-compose.dev.yml',
      'Dockerfile',
      'build/Dockerfile.dev',
      'dev.Dockerfile',
    ]) {
      expect([file, pattern.test(file)]).toEqual([file, true]);
    }
    for (const file of ['src/index.ts', 'package.json', 'docs/compose.md', 'notdevcontainer.json']) {
      expect([file, pattern.test(file)]).toEqual([file, false]);
    }
  });
});

describe('the GitHub Action', () => {
  const action = z
    .object({
      inputs: z.record(z.string(), z.object({ description: z.string(), default: z.string() })),
      outputs: z.record(z.string(), z.object({ description: z.string(), value: z.string() })),
      runs: z.object({
        using: z.literal('composite'),
        steps: z.array(
          z.object({
            id: z.string(),
            shell: z.literal('bash'),
            run: z.string(),
            env: z.record(z.string(), z.string()),
          }),
        ),
      }),
    })
    .parse(parse(readFileSync('action.yml', 'utf8')));

  /** Runs the steps as a runner does: expressions in `env`, the documented variables, outputs through a file. */
  function run(workspace: string, given: Readonly<Record<string, string>> = {}) {
    const temp = mkdtempSync(join(outer, 'runner-'));
    const values = new Map<string, string>();
    for (const [name, input] of Object.entries(action.inputs))
      values.set(`inputs.${name}`, given[name] ?? input.default);
    const fill = (text: string): string => text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_, name) => values.get(name) ?? '');
    let stdout = '';
    let status: number | null = 0;
    for (const { id, run: script, env } of action.runs.steps) {
      const output = join(temp, `output-${id}`);
      writeFileSync(output, '');
      const step = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
        cwd: workspace,
        encoding: 'utf8',
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: process.env['HOME'] ?? '',
          ...quiet,
          GITHUB_ACTION_PATH: resolve('.'),
          GITHUB_WORKSPACE: workspace,
          GITHUB_OUTPUT: output,
          RUNNER_TEMP: temp,
          ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)])),
        },
      });
      stdout += step.stdout;
      status = step.status;
      for (const line of readFileSync(output, 'utf8').split('\n').filter(Boolean)) {
        const cut = line.indexOf('=');
        values.set(`steps.${id}.outputs.${line.slice(0, cut)}`, line.slice(cut + 1));
      }
      if (status !== 0 && id === 'install') throw new Error(step.stderr);
    }
    const outputs = Object.fromEntries(Object.entries(action.outputs).map(([name, { value }]) => [name, fill(value)]));
    return { status, stdout, outputs };
  }
  const packed = () => ({ version: `file:${tarball}` });

  it('annotates the lines, leaves a SARIF file and fails on findings', () => {
    const { status, stdout, outputs } = run(scratch.folder(PRIVILEGED), packed());
    expect(stdout).toMatch(/^::error file=\.devcontainer\/devcontainer\.json,line=3,.*title=critical%3A privileged::/m);
    expect([status, outputs['exit-code']]).toEqual([1, '1']);
    const { version, runs } = JSON.parse(readFileSync(outputs['sarif'] ?? '', 'utf8'));
    expect([version, runs[0].tool.driver.name]).toEqual(['2.1.0', 'cofferdam']);
    expect(runs[0].results.length).toBeGreaterThan(3);
  });

  it('fails where the SARIF file cannot be written, and names none', () => {
    const folder = scratch.folder(PRIVILEGED);
    const output = join(folder, 'output');
    writeFileSync(output, '');
    const { status, stdout } = spawnSync('bash', ['action/audit.sh'], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'] ?? '',
        COFFERDAM: resolve('dist/cli.js'),
        GITHUB_WORKSPACE: folder,
        GITHUB_OUTPUT: output,
        RUNNER_TEMP: join(folder, 'missing'),
        INPUT_FAIL_ON: 'critical',
        INPUT_ONLY: '',
        INPUT_IGNORE: '',
        INPUT_BASELINE: '',
        INPUT_STRICT: 'false',
        INPUT_PATH: '.',
      },
    });
    expect(stdout).toContain('The SARIF report could not be written');
    expect(status).toBe(2);
    expect(readFileSync(output, 'utf8')).toBe('exit-code=1\n');
  });

  it('names files from the workspace on where another folder is audited, and takes its inputs as words', () => {
    const files = Object.fromEntries(Object.entries(PRIVILEGED).map(([file, text]) => [`a $(touch x)/${file}`, text]));
    const folder = scratch.folder(files);
    const { status, stdout } = run(folder, {
      ...packed(),
      path: 'a $(touch x)',
      only: 'privileged,missing-limits',
      ignore: 'missing-limits',
      'fail-on': 'critical',
    });
    expect(stdout).toContain('file=a $(touch x)/.devcontainer/devcontainer.json,line=3');
    expect(stdout).not.toContain('missing-limits]');
    expect(status).toBe(1);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });

  it('installs nothing that the workspace chooses', () => {
    const folder = scratch.folder({
      ...BOX,
      '.npmrc': 'registry=http://127.0.0.1:9/\n',
      'node_modules/cofferdam/package.json': '{ "name": "cofferdam", "version": "0.1.0", "bin": "x.js" }',
      'node_modules/cofferdam/x.js': 'console.log("taken over")',
      'package.json': '{ "name": "shop", "scripts": { "preinstall": "touch taken-over" } }',
    });
    const { status, stdout } = run(folder, { ...packed(), only: 'privileged' });
    expect(stdout).not.toContain('taken over');
    expect(existsSync(join(folder, 'taken-over'))).toBe(false);
    expect(status).toBe(0);
  });

  it.each([
    ['an unknown rule', { only: 'privilegd' }, 2],
    ['an unknown level', { 'fail-on': 'bad' }, 2],
    ['a word for strict', { strict: 'yes' }, 2],
    ['a folder without a dev container', { path: '.github' }, 3],
  ])('does not pass with %s', (_, given, code) => {
    const { status } = run(scratch.folder({ ...PRIVILEGED, '.github/x': '' }), { ...packed(), ...given });
    expect(status).toBe(code);
  });

  it('has no input in a script', () => {
    for (const { run: script } of action.runs.steps) expect(script).not.toContain('${{');
  });

  it('installs the version that it belongs to if none is named', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    const script = readFileSync('action/install.sh', 'utf8').replace(/^npm install.*$/m, 'echo "$version"');
    const temp = mkdtempSync(join(outer, 'version-'));
    const { stdout } = spawnSync('bash', ['-c', script], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'] ?? '',
        GITHUB_ACTION_PATH: resolve('.'),
        GITHUB_OUTPUT: '/dev/null',
        RUNNER_TEMP: temp,
      },
    });
    expect(stdout.trim()).toBe(version);
  });
});
