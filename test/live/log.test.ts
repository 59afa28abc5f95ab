import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProject } from '../../src/verbs/project.ts';
import { CLI, cofferdam } from '../support/box.ts';
import { docker, engineAnswers } from '../support/live.ts';
import { engineSocket, SIDECAR } from '../support/sidecar.ts';

const NODE = 'node:22-bookworm-slim';

describe.skipIf(!engineAnswers())('log', () => {
  let project: string;
  const containers: string[] = [];
  let folder: string;

  /** A container that counts as a sidecar of the folder's project. */
  function sidecar(role: string, ...rest: string[]): string {
    const name = `${project}-${role}-${containers.length}`;
    containers.push(name);
    const labels = ['--label', `dev.cofferdam.project=${project}`, '--label', `dev.cofferdam.role=${role}`];
    docker('run', '-d', '--name', name, ...labels, '-v', `${SIDECAR}:/cofferdam.cjs:ro`, ...rest);
    return name;
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cofferdam-log-'));
    mkdirSync(join(folder, '.devcontainer'));
    writeFileSync(join(folder, '.devcontainer/cofferdam.yaml'), '');
    project = findProject(folder).name;
    writeFileSync(join(folder, '.devcontainer/.env'), `COFFERDAM_PROJECT=${project}\n`);
    const listen = ['--listen', 'tcp://127.0.0.1:2375', '--upstream', 'unix:///docker.sock', '--level', 'read'];
    const mount = ['-v', `${engineSocket()}:/docker.sock:ro`];
    const serve = ['node', '/cofferdam.cjs', 'docker-proxy', ...listen, '--scope', `project=${project}`];
    sidecar('firewall', ...mount, NODE, ...serve);
    sidecar('guard', '--tmpfs', '/watched', NODE, 'node', '/cofferdam.cjs', 'guard', '--watch', '/watched');
    for (const name of containers) while (!docker('logs', name).includes('"started"'));
  });
  afterAll(() => {
    if (containers.length > 0) docker('rm', '-f', '-v', ...containers);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Asks the firewall from its own container. */
  function ask(method: string, path: string): void {
    const script = `require('http').request({port:2375,method:'${method}',path:'${path}'},(r)=>r.resume()).on('error',()=>process.exit(1)).end()`;
    docker('exec', containers[0] ?? '', 'node', '-e', script);
  }

  it('shows what all sidecars did, by time, and finds the chains whole', () => {
    ask('POST', '/containers/create');
    docker(
      'exec',
      containers[1] ?? '',
      'node',
      '-e',
      "require('net').createServer().listen('/watched/vscode-ipc-1.sock',()=>setTimeout(process.exit,1500))",
    );
    ask('GET', '/containers/other/json');
    const { code, stdout, stderr } = cofferdam(folder, ['log']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.slice(15)).filter((line) => !line.includes('started'))).toEqual([
      'firewall refused  (write) POST /containers/create',
      'guard    removed  1 × vscode-ipc',
      'firewall refused  (not-in-scope) GET /containers/other/json',
    ]);
    const times = lines.map((line) => line.slice(0, 14));
    expect(times.toSorted()).toEqual(times);
    expect(lines.every((line) => line.length <= 80)).toBe(true);
  });

  it('gives the lines themselves to programs', () => {
    const { code, stdout } = cofferdam(folder, ['log', '--json']);
    expect(code).toBe(0);
    const entries = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries).toContainEqual(expect.objectContaining({ sidecar: 'guard', event: 'removed' }));
  });

  it('goes on with --follow, and prints nothing twice', async () => {
    const child = spawn(process.execPath, [CLI, 'log', '-f'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const until = async (word: string): Promise<void> => {
      while (!text.includes(word)) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await until('/containers/other/json');
    ask('DELETE', '/containers/later');
    await until('/containers/later');
    child.kill('SIGINT');
    await once(child, 'exit');
    for (const word of ['/containers/create', '/containers/other/json', '/containers/later']) {
      expect(text.split(word)).toHaveLength(2);
    }
  });

  it('holds over a restart of a sidecar', () => {
    docker('restart', '-t', '5', containers[0] ?? '');
    expect(cofferdam(folder, ['log'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('exits 1 and says so when a line is missing in between', () => {
    const lines = docker('logs', containers[0] ?? '').split('\n');
    const forged = [...lines.slice(0, 1), ...lines.slice(2)];
    writeFileSync(join(folder, 'forged.txt'), `${forged.join('\n')}\n`);
    const name = sidecar('firewall', '-v', `${folder}/forged.txt:/forged.txt:ro`, NODE, 'cat', '/forged.txt');
    docker('wait', name);
    const { code, stderr } = cofferdam(folder, ['log']);
    expect(code).toBe(1);
    expect(stderr).toContain(`broken ${name}: a line before this one was changed or removed`);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
