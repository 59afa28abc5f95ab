import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { cofferdam } from './box.ts';
import { docker, unique } from './live.ts';

/** A package whose script leaves a file, /tmp/NAME-ran; gives the path of its archive in `folder`. */
export function canaryPackage(folder: string, name = 'canary'): string {
  const work = mkdtempSync(join(tmpdir(), 'cofferdam-canary-'));
  mkdirSync(join(work, 'package'));
  writeFileSync(
    join(work, 'package/package.json'),
    JSON.stringify({ name: `${name}-pkg`, version: '1.0.0', scripts: { postinstall: 'node canary.js' } }),
  );
  writeFileSync(join(work, 'package/canary.js'), `require('fs').writeFileSync('/tmp/${name}-ran', '')\n`);
  execFileSync('tar', ['-czf', join(folder, `${name}.tgz`), '-C', work, 'package']);
  rmSync(work, { recursive: true });
  return join(folder, `${name}.tgz`);
}

export interface Image {
  /** What the agent's container has of variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a script in a new container of the image, as the agent; `volumes` are `NAME:PATH`. */
  run(script: string, volumes: readonly string[], environment?: Readonly<Record<string, string>>): Ran;
  remove(): void;
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The agent's image of a Node box without the box around it: with this package manager and these other settings of `node`. */
export function agentImage(packageManager: string, settings: string): Image {
  const name = unique('cofferdam-node-test');
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-image-'));
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ packageManager }));
    const init = cofferdam(folder, ['init', '--yes', '--docker', 'none']);
    const path = join(folder, '.devcontainer/cofferdam.yaml');
    writeFileSync(
      path,
      readFileSync(path, 'utf8')
        .replace(/^ {2}minimumReleaseAge: .*\n/m, '')
        .replace(/^ {2}installScripts: .*$/m, settings),
    );
    const sync = cofferdam(folder, ['sync']);
    if (init.code !== 0 || sync.code !== 0) throw new Error(init.stderr + sync.stderr);
    docker('build', '--quiet', '--tag', name, join(folder, '.devcontainer'));
    const compose: { services: { agent: { environment: Record<string, string> } } } = parse(
      readFileSync(join(folder, '.devcontainer/docker-compose.yml'), 'utf8'),
    );
    return imageOf(name, compose.services.agent.environment);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const imageOf = (name: string, environment: Readonly<Record<string, string>>): Image => ({
  environment,
  run(script, volumes, variables = environment) {
    const options = [
      ...Object.entries(variables).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      ...volumes.flatMap((volume) => ['--volume', volume]),
    ];
    const result = spawnSync('docker', ['run', '--rm', '--init', ...options, name, 'bash', '-c', script], {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    return { code: result.status, stdout: result.stdout, stderr: result.stderr };
  },
  remove: () => void docker('image', 'rm', '--force', name),
});
