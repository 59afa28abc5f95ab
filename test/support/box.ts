import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { joined } from './cli.ts';
import { docker } from './live.ts';

export const CLI: string = resolve('dist/cli.js');

export interface Cli {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line as a user would. */
export function cofferdam(
  cwd: string,
  args: readonly string[],
  options: { input?: string; env?: Record<string, string> } = {},
): Cli {
  const result = spawnSync(process.execPath, [CLI, ...args], {
    cwd,
    encoding: 'utf8',
    input: options.input ?? '',
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    maxBuffer: 64 << 20,
  });
  return { code: result.status, stdout: result.stdout, stderr: joined(result.stderr) };
}

export interface Sample {
  readonly root: string;
  /** Runs git in the sample, on the host. */
  git(...args: string[]): string;
  write(path: string, text: string): void;
  read(path: string): string;
  /** Compose project of the box; known once initialize.sh has run. */
  project(): string;
  /** Id of the running agent's container. */
  agent(): string;
  /** Removes the box, its volumes and images, and the folder. */
  remove(): void;
}

/** A new Node repository with one commit, in a folder of its own. `name` may be as hostile as a file system allows. */
export function sampleRepository(name = 'app'): Sample {
  const parent = mkdtempSync(join(tmpdir(), 'cofferdam-test-'));
  const root = join(parent, name);
  mkdirSync(root);
  const sample: Sample = {
    root,
    git: (...args) =>
      execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', ...args], {
        cwd: root,
        encoding: 'utf8',
        stdio: 'pipe',
      }).trim(),
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    read: (path) => readFileSync(join(root, path), 'utf8'),
    project: () => /^COFFERDAM_PROJECT=(.+)$/m.exec(sample.read('.devcontainer/.env'))?.[1] ?? '',
    agent: () =>
      docker(
        'ps',
        '--quiet',
        '--no-trunc',
        '--filter',
        `label=dev.cofferdam.project=${sample.project()}`,
        '--filter',
        'label=dev.cofferdam.role=agent',
      ),
    remove() {
      const result = cofferdam(root, ['down', '--all']);
      rmSync(parent, { recursive: true, force: true });
      if (result.code !== 0 && !result.stderr.includes('policy-missing')) throw new Error(result.stderr);
    },
  };
  sample.write('package.json', '{ "name": "sample", "version": "1.0.0", "private": true }\n');
  sample.write('.gitignore', 'node_modules/\n');
  sample.git('init', '--quiet', '--initial-branch=main');
  sample.git('config', 'user.name', 'Test');
  sample.git('config', 'user.email', 'test@example.invalid');
  sample.git('add', '.');
  sample.git('commit', '--quiet', '--message', 'Start');
  return sample;
}
