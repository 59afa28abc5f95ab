import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cofferdam, Scratch, treeHash } from '../support/cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const CONFIG = '.devcontainer/devcontainer.json';
const COMPOSE = '.devcontainer/compose.yaml';
/** What most dev containers look like, with every place for a comment taken. */
const BEFORE = {
  [CONFIG]: `// Our dev container
{
\t"dockerComposeFile": "compose.yaml", /* beside this file */
\t"service": "app",
\t"remoteUser": "dev", // not root
}
`,
  [COMPOSE]: `# The team's services
services:
  app: # where we work
    image: debian:12  # pinned later
    privileged: true # for the debugger
    volumes:
    # the sources
    - ..:/app
    cap_add: [ "SYS_PTRACE", CHOWN ]   # gdb

  db:
    image: postgres:17
    ports:
      # reached by pgAdmin
      - "5432:5432" # psql
`,
};

describe('audit --fix', () => {
  it('changes what is asked for and no other byte', () => {
    const folder = scratch.folder(BEFORE);
    const { status, stdout, stderr } = cofferdam(folder, [
      'audit',
      '--fix',
      '--only',
      'privileged,added-capability,published-port,missing-cap-drop',
    ]);
    expect(stderr).toBe('');
    expect(stdout).toContain('Fixed:\n');
    expect(status).toBe(0);
    expect(readFileSync(join(folder, CONFIG), 'utf8')).toBe(BEFORE[CONFIG]);
    expect(readFileSync(join(folder, COMPOSE), 'utf8')).toBe(`# The team's services
services:
  app: # where we work
    image: debian:12  # pinned later
    volumes:
    # the sources
    - ..:/app
    cap_drop: [ALL]

  db:
    image: postgres:17
    ports:
      # reached by pgAdmin
      - "127.0.0.1:5432:5432" # psql
`);
  });

  it('changes nothing the second time, and still reports what is left', () => {
    const folder = scratch.folder(BEFORE);
    expect(cofferdam(folder, ['audit', '--fix-unsafe']).status).toBe(1);
    const once = treeHash(folder);
    const { status, stdout } = cofferdam(folder, ['audit', '--fix-unsafe']);
    expect(stdout).toMatch(/^Nothing to fix\.\n/);
    expect(stdout).toContain('[writable-own-config]');
    expect(status).toBe(1);
    expect(treeHash(folder)).toBe(once);
  });

  it('leaves what may stop something from working to --fix-unsafe, and says how many those are', () => {
    const files = { [CONFIG]: '{ "image": "debian", "runArgs": ["-v", "/var/run/docker.sock:/s"] }\n' };
    const folder = scratch.folder(files);
    const { stdout } = cofferdam(folder, ['audit', '--fix', '--only', 'docker-socket-mount']);
    expect(stdout).toContain('Nothing to fix.\n1 more with --fix-unsafe');
    expect(readFileSync(join(folder, CONFIG), 'utf8')).toBe(files[CONFIG]);
    expect(cofferdam(folder, ['audit', '--fix-unsafe', '--only', 'docker-socket-mount']).status).toBe(0);
    expect(readFileSync(join(folder, CONFIG), 'utf8')).toBe('{ "image": "debian", "runArgs": [] }\n');
  });

  it('takes nothing from a container whose commands need it', () => {
    const files = {
      [CONFIG]: '{ "image": "debian:12", "privileged": true, "postCreateCommand": "sudo apt-get install -y gdb" }\n',
    };
    const folder = scratch.folder(files);
    cofferdam(folder, ['audit', '--fix', '--only', 'privileged,missing-cap-drop,missing-no-new-privileges']);
    expect(readFileSync(join(folder, CONFIG), 'utf8')).toBe(files[CONFIG]);
  });

  it('keeps the mode of a file', () => {
    const folder = scratch.folder(BEFORE);
    chmodSync(join(folder, COMPOSE), 0o640);
    cofferdam(folder, ['audit', '--fix']);
    expect(readFileSync(join(folder, COMPOSE), 'utf8')).not.toBe(BEFORE[COMPOSE]);
    expect(statSync(join(folder, COMPOSE)).mode & 0o777).toBe(0o640);
  });

  it('writes nothing through a link, in or out of the folder', () => {
    const folder = scratch.folder({ 'real/box.json': '{ "image": "debian", "privileged": true }\n' });
    mkdirSync(join(folder, '.devcontainer'));
    symlinkSync('../real/box.json', join(folder, CONFIG));
    const before = treeHash(folder);
    const { stdout } = cofferdam(folder, ['audit', '--fix', '--only', 'privileged']);
    expect(stdout).toMatch(/Left as it is:\n.*privileged:\s.*is a symbolic\s+link/s);
    expect(treeHash(folder)).toBe(before);
  });

  it('does not edit what cofferdam generates', () => {
    const folder = scratch.folder({ 'package.json': '{}' });
    execFileSync('git', ['-C', folder, 'init', '--quiet']);
    expect(cofferdam(folder, ['init', '--yes']).status).toBe(0);
    const compose = join(folder, '.devcontainer/docker-compose.yml');
    writeFileSync(compose, readFileSync(compose, 'utf8').replace('cap_drop: [ALL]', 'cap_drop: [NET_RAW]'));
    const before = treeHash(folder);
    const { stdout } = cofferdam(folder, ['audit', '--fix-unsafe']);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'cofferdam generates it: change the policy, then run `cofferdam sync`',
    );
    expect(treeHash(folder)).toBe(before);
  });

  it('keeps a report for programs free of its own words', () => {
    const { stdout, stderr } = cofferdam(scratch.folder(BEFORE), ['audit', '--fix', '--json']);
    expect(JSON.parse(stdout).findings.map(({ rule }: { rule: string }) => rule)).not.toContain('privileged');
    expect(stderr).toContain('Fixed:');
  });
});

describe('audit --fix --dry-run', () => {
  it('prints a diff that git applies, and writes nothing', () => {
    const folder = scratch.folder(BEFORE);
    execFileSync('git', ['-C', folder, 'init', '--quiet']);
    const before = treeHash(folder);
    const { status, stdout } = cofferdam(folder, ['audit', '--fix', '--dry-run']);
    expect(status).toBe(1);
    expect(treeHash(folder)).toBe(before);
    const applied = spawnSync('git', ['-C', folder, 'apply'], { input: stdout, encoding: 'utf8' });
    expect(applied.stderr).toBe('');
    const patched = [CONFIG, COMPOSE].map((file) => readFileSync(join(folder, file), 'utf8'));
    const other = scratch.folder(BEFORE);
    cofferdam(other, ['audit', '--fix']);
    expect(patched).toEqual([CONFIG, COMPOSE].map((file) => readFileSync(join(other, file), 'utf8')));
    expect(patched).not.toEqual([BEFORE[CONFIG], BEFORE[COMPOSE]]);
  });

  it.each([
    [['--dry-run'], '--dry-run shows what --fix would do.'],
    [['--fix', '--dry-run', '--json'], '--dry-run prints a diff'],
  ])('refuses %s', (args, message) => {
    const { status, stdout, stderr } = cofferdam(scratch.folder(BEFORE), ['audit', ...args]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});
