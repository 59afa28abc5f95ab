import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENTS } from '../../src/policy/agents.ts';
import { CLI, cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { docker, engineAnswers, unique } from '../support/live.ts';

/** Everything that the engine holds of a project: containers, networks, volumes. */
function traces(project: string): string {
  const filter = `label=dev.cofferdam.project=${project}`;
  return [
    docker('ps', '-aq', '--filter', filter),
    docker('network', 'ls', '-q', '--filter', filter),
    docker('volume', 'ls', '-q', '--filter', filter),
  ].join('');
}

describe.skipIf(!engineAnswers())('the box', () => {
  let sample: Sample;
  /** Runs a script in the box through `cofferdam exec`. */
  const inside = (script: string) => cofferdam(sample.root, ['exec', '--', 'bash', '-c', script]);

  let before: string[];
  beforeAll(() => {
    sample = sampleRepository('app');
    before = [...readdirSync(sample.root), '.devcontainer', 'one.txt', 'sub'].sort();
    expect(cofferdam(sample.root, ['init', '--yes', '--agent', 'claude-code']), 'init').toMatchObject({ code: 0 });
    expect(cofferdam(sample.root, ['up']), 'up').toMatchObject({ code: 0 });
  });
  afterAll(() => sample?.remove());

  it('has all its containers healthy when up returns', () => {
    const states = docker(
      'ps',
      '--filter',
      `label=dev.cofferdam.project=${sample.project()}`,
      '--format',
      '{{.Label "dev.cofferdam.role"}} {{.Status}}',
    );
    expect(states).toMatch(/firewall Up .*\(healthy\)/);
    expect(states).toMatch(/guard Up .*\(healthy\)/);
    expect(states).toMatch(/agent Up/);
  });

  it('lets the agent commit, branch and stash, and the host sees it', () => {
    const work = inside(
      'set -e; echo one > one.txt; git add one.txt; git commit -qm "From the box"; git checkout -qb topic; git checkout -q main; echo two >> one.txt; git stash -q; git stash pop -q; git gc -q; git checkout -q one.txt',
    );
    expect(work).toMatchObject({ code: 0 });
    expect(sample.git('log', '-1', '--format=%s %an')).toBe('From the box Test');
    expect(sample.git('branch', '--list', 'topic')).toContain('topic');
    expect(sample.git('status', '--porcelain', '--', 'one.txt')).toBe('');
  });

  it('cannot push to a remote that asks who it is', () => {
    // A remote in the box itself: it asks for a password and says what it was given.
    const remote = `require('http').createServer((q, s) => {
      console.log(q.method, q.url, q.headers.authorization ?? 'nobody');
      s.writeHead(401, { 'WWW-Authenticate': 'Basic' }).end();
    }).listen(0, '127.0.0.1', function () { require('fs').writeFileSync('/tmp/port', String(this.address().port)); });`;
    const push = inside(`node -e "${remote.replaceAll('"', '\\"').replaceAll('$', '\\$')}" > /tmp/asked & server=$!
      until [ -s /tmp/port ]; do sleep 0.05; done
      git push "http://127.0.0.1:$(cat /tmp/port)/repo.git" main; echo "exit $?"
      kill $server; cat /tmp/asked`);
    expect(push.stderr).toMatch(
      /could not read Username|Authentication failed|terminal prompts disabled|No such device/,
    );
    expect(push.stdout).toMatch(/^exit 128$/m);
    expect(push.stdout).toMatch(/^GET \/repo\.git.* nobody$/m);
    expect(push.stdout).not.toMatch(/Basic|Bearer/);
  });

  it('has no remote helper, key or askpass with which git could push', () => {
    const push = inside(
      'git remote -v; command -v ssh; git -c credential.interactive=false credential fill <<< "protocol=https\nhost=example.invalid\n"',
    );
    expect(push.code).not.toBe(0);
    expect(push.stdout).not.toMatch(/password=|\/ssh/);
  });

  it('hands the caller’s folder, input and exit code through exec', () => {
    sample.write('sub/x', '');
    expect(cofferdam(join(sample.root, 'sub'), ['exec', 'pwd'])).toMatchObject({ code: 0, stdout: '/workspace/sub\n' });
    expect(cofferdam(sample.root, ['exec', 'cat'], { input: 'over\n' })).toMatchObject({ stdout: 'over\n' });
    expect(cofferdam(sample.root, ['exec', '--', 'sh', '-c', 'exit 7'])).toMatchObject({ code: 7 });
  });

  it('starts the policy’s agent, with arguments of its own, by its name or as the only one', () => {
    sample.write('sub/x', '');
    const version = cofferdam(sample.root, ['exec', 'claude', '--version']);
    expect(version).toMatchObject({ code: 0, stdout: expect.stringContaining(AGENTS['claude-code'].version) });
    for (const words of [
      ['--', '--version'],
      ['claude', '--version'],
      ['claude-code', '--version'],
    ]) {
      expect(cofferdam(join(sample.root, 'sub'), ['agent', ...words])).toMatchObject({
        code: 0,
        stdout: version.stdout,
      });
    }
    expect(cofferdam(sample.root, ['agent', 'claude', '--no-such-option']).code).not.toBe(0);
  });

  it('gives the agent’s CLI its own configuration folder on the host, out of git’s sight', () => {
    expect(inside('claude --version').stdout).toMatch(/^\d+\.\d+/);
    expect(inside('echo token > ~/.claude/canary').code).toBe(0);
    expect(sample.read('.devcontainer/state/claude-code/.claude/canary')).toBe('token\n');
    expect(sample.git('status', '--porcelain', '--untracked-files=all')).not.toContain('canary');
  });

  it('leaves no file on the host that git would show, except what init wrote', () => {
    const shown = sample
      .git('status', '--porcelain', '--untracked-files=all')
      .split('\n')
      .map((line) => line.slice(3));
    expect(shown.filter((path) => !path.startsWith('.devcontainer/') && path !== 'sub/x')).toEqual([]);
  });

  it('loses a mount when git on the host rewrites its configuration; status says so and up mends it', () => {
    expect(cofferdam(sample.root, ['status'])).toMatchObject({ code: 0 });
    sample.git('config', 'cofferdam.test', 'yes');
    const lost = cofferdam(sample.root, ['status']);
    expect(lost.code).toBe(1);
    expect(lost.stdout).toMatch(/not read-only any more.*\.git\/config/);
    expect(cofferdam(sample.root, ['up'])).toMatchObject({ code: 0 });
    expect(cofferdam(sample.root, ['status'])).toMatchObject({ code: 0 });
    expect(inside('echo x >> .git/config').stderr).toContain('Read-only file system');
  });

  it('keeps git on the host out of a repository that the agent nests, and status names it', () => {
    const fired = join(sample.root, '..', 'fired');
    const nest = inside(`git init -q nested && cd nested && echo x > f && git add f && git commit -qm x &&
      git config core.fsmonitor 'touch ${fired}; false' && cd .. &&
      git update-index --add --cacheinfo 160000,$(git -C nested rev-parse HEAD),nested`);
    expect(nest).toMatchObject({ code: 0 });
    expect(inside('echo "[submodule]" > .gitmodules').stderr).toContain('Read-only file system');
    expect(inside('mkdir -p .git/remotes/x').code).not.toBe(0);
    chmodSync(join(sample.root, '..'), 0o777);
    sample.git('status');
    sample.git('diff');
    expect(existsSync(fired)).toBe(false);
    sample.git('-c', 'diff.ignoreSubmodules=none', 'status'); // the control: without the setting it runs
    expect(existsSync(fired)).toBe(true);
    const named = cofferdam(sample.root, ['status']);
    expect(named).toMatchObject({ code: 1, stdout: expect.stringContaining('nested: a repository in the index') });
    expect(inside('git update-index --force-remove nested && rm -rf nested').code).toBe(0);
    expect(cofferdam(sample.root, ['status'])).toMatchObject({ code: 0 });
  });

  it('does not come up from files that are not what the policy says', () => {
    const compose = sample.read('.devcontainer/docker-compose.yml');
    sample.write('.devcontainer/docker-compose.yml', compose.replace('cap_drop: [ALL]', 'cap_drop: []'));
    expect(cofferdam(sample.root, ['up'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('docker-compose.yml'),
    });
    expect(cofferdam(sample.root, ['status'])).toMatchObject({ code: 1 });
    sample.write('.devcontainer/docker-compose.yml', compose);
    expect(cofferdam(sample.root, ['status'])).toMatchObject({ code: 0 });
  });

  it('is not driven from a copy of its folder', () => {
    const copy = `${sample.root}-copy`;
    cpSync(sample.root, copy, { recursive: true, verbatimSymlinks: true });
    try {
      expect(cofferdam(copy, ['status'])).toMatchObject({ code: 3 });
      expect(cofferdam(copy, ['exec', 'true'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('box-not-running'),
      });
      expect(cofferdam(copy, ['down'])).toMatchObject({ code: 0, stdout: expect.stringContaining('former place') });
      expect(cofferdam(sample.root, ['status'])).toMatchObject({ code: 0 });
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  it('is still found when .env is gone, as after git clean', () => {
    rmSync(join(sample.root, '.devcontainer/.env'));
    expect(cofferdam(sample.root, ['exec', 'true'])).toMatchObject({ code: 0 });
    expect(cofferdam(sample.root, ['up'])).toMatchObject({ code: 0 });
    expect(cofferdam(sample.root, ['status'])).toMatchObject({ code: 0 });
  });

  it('is found and removed by its labels only, and leaves somebody else’s box alone', () => {
    const other = unique('other');
    docker(
      'run',
      '--detach',
      '--name',
      other,
      '--label',
      'com.docker.compose.project=devcontainer',
      'debian:bookworm-slim',
      'sleep',
      '600',
    );
    try {
      expect(cofferdam(sample.root, ['down'])).toMatchObject({ code: 0 });
      expect(docker('ps', '-q', '--filter', `name=${other}`)).not.toBe('');
      expect(docker('ps', '-aq', '--filter', `label=dev.cofferdam.project=${sample.project()}`)).toBe('');
      // Nothing stays in the workspace of what was made to be mounted.
      expect(readdirSync(sample.root).sort()).toEqual(before);
      expect(cofferdam(sample.root, ['exec', 'true'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('box-not-running'),
      });
      expect(cofferdam(sample.root, ['down', '--all'])).toMatchObject({ code: 0 });
      expect(traces(sample.project())).toBe('');
    } finally {
      docker('rm', '--force', other);
    }
  });

  it('is not left half-started by Ctrl-C', async () => {
    const child = spawn(process.execPath, [CLI, 'up', '--rebuild'], {
      cwd: sample.root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let seen = '';
    child.stderr.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes('RUN') && !child.killed) child.kill('SIGINT');
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(130);
    expect(traces(sample.project())).toBe('');
  });

  it('is not left half-started by a failing build', () => {
    const policy = sample.read('.devcontainer/cofferdam.yaml');
    sample.write('.devcontainer/cofferdam.yaml', policy.replace('version: "22"', 'version: "97.98.99"'));
    expect(cofferdam(sample.root, ['sync'])).toMatchObject({ code: 0 });
    const result = cofferdam(sample.root, ['up']);
    sample.write('.devcontainer/cofferdam.yaml', policy);
    expect(cofferdam(sample.root, ['sync'])).toMatchObject({ code: 0 });
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/^error \[up-failed\]/m);
    expect(result.stderr).toContain('97.98.99');
    expect(result.stderr).not.toMatch(/^\s+at /m);
    expect(traces(sample.project())).toBe('');
  });
});

describe.skipIf(!engineAnswers())('the image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-image-'));
  let sample: Sample;
  beforeAll(() => {
    sample = sampleRepository();
    expect(cofferdam(sample.root, ['init', '--yes'])).toMatchObject({ code: 0 });
  });
  afterAll(() => {
    sample.remove();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['an ordinary user', 1234, 1234],
    ['a user and group that the image has (node)', 1000, 1000],
    ['macOS: group 20, which is dialout in Debian', 501, 20],
    ['a system user of the image (www-data)', 33, 33],
    ['a group of somebody else', 1500, 100],
  ])('works for %s', (_, uid, gid) => {
    const tag = unique('cofferdam-test');
    try {
      docker(
        'build',
        '--quiet',
        '--tag',
        tag,
        '--build-arg',
        `HOST_UID=${uid}`,
        '--build-arg',
        `HOST_GID=${gid}`,
        join(sample.root, '.devcontainer'),
      );
      const script =
        'id -u; id -g; whoami; touch ~/mine; rm ~/.bashrc 2>&1; mv ~/.config ~/c 2>&1; find / -xdev -perm /6000 -type f 2>/dev/null; ls -A /run/cofferdam; touch /run/cofferdam/x 2>&1';
      const out = spawnSync('docker', ['run', '--rm', tag, 'sh', '-c', script], { encoding: 'utf8' }).stdout.split(
        '\n',
      );
      expect(out.slice(0, 3)).toEqual([String(uid), String(gid), 'vscode']);
      expect(out[3]).toMatch(/Operation not permitted/);
      expect(out[4]).toMatch(/Operation not permitted/);
      expect(out[5]).toMatch(/Permission denied/);
      expect(out.slice(6)).toEqual(['']);
    } finally {
      docker('image', 'rm', '--force', tag);
    }
  });

  it('refuses to be built for root', () => {
    const build = spawnSync(
      'docker',
      ['build', '--build-arg', 'HOST_UID=0', '--build-arg', 'HOST_GID=0', join(sample.root, '.devcontainer')],
      { encoding: 'utf8' },
    );
    expect(build.status).not.toBe(0);
  });
});

describe('a workspace that the agent had before', () => {
  const refused = (prepare: (sample: Sample) => void): { init: string; script: string } => {
    const sample = sampleRepository();
    try {
      // The script alone, as an editor runs it, from a box that was made before the trap was set.
      expect(cofferdam(sample.root, ['init', '--yes'])).toMatchObject({ code: 0 });
      prepare(sample);
      const script = spawnSync('sh', ['.devcontainer/initialize.sh'], {
        cwd: sample.root,
        encoding: 'utf8',
        timeout: 30_000,
      });
      const again = cofferdam(sample.root, ['sync', '--check']);
      expect(again.code).toBe(2);
      return { init: again.stderr, script: `${script.status} ${script.stderr}` };
    } finally {
      rmSync(join(sample.root, '..'), { recursive: true });
    }
  };

  it('cannot keep a second name of a protected file', () => {
    const { init, script } = refused(({ root }) => linkSync(join(root, '.git/config'), join(root, 'config')));
    expect(init).toMatch(/\.git\/config has another name \(a hard link\)/);
    expect(script).toMatch(/^1 cofferdam: \.git\/config has another name/);
  });

  it('cannot keep a pipe in a protected place', () => {
    const { init, script } = refused(({ root }) => {
      mkdirSync(join(root, '.vscode'));
      spawnSync('mkfifo', [join(root, '.vscode/tasks.json')]);
    });
    expect(init).toMatch(/tasks\.json is neither a file nor a folder/);
    expect(script).toMatch(/^1 cofferdam: \.vscode\/tasks\.json is neither/);
  });

  it('cannot keep a hook that is a link to a file of its own: init makes that read-only too', () => {
    const sample = sampleRepository();
    try {
      sample.write('scripts/hook.sh', '#!/bin/sh\n');
      symlinkSync('../../scripts/hook.sh', join(sample.root, '.git/hooks/pre-commit'));
      expect(cofferdam(sample.root, ['init', '--yes'])).toMatchObject({ code: 0 });
      expect(sample.read('.devcontainer/cofferdam.yaml')).toMatch(/^readOnly:\n {2}- scripts\/hook\.sh # a link/m);
      expect(sample.read('.devcontainer/docker-compose.yml')).toContain('target: "/workspace/scripts/hook.sh"');
      symlinkSync('../elsewhere.json', join(sample.root, '.devcontainer/link.json'));
      expect(cofferdam(sample.root, ['sync', '--check'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('elsewhere.json'),
      });
    } finally {
      rmSync(join(sample.root, '..'), { recursive: true });
    }
  });
});

describe.skipIf(!engineAnswers())('a hostile folder name', () => {
  it.each(['with space', `quo"te'd`, '`touch pwned`', 'ünïcødé–漢字', '-rf', '#{x};&|'])('%j comes up', (name) => {
    const sample = sampleRepository(name);
    try {
      expect(cofferdam(sample.root, ['init', '--yes'])).toMatchObject({ code: 0 });
      const result = cofferdam(sample.root, ['up']);
      expect(result.stderr.split('\n').filter((line) => line.startsWith('error'))).toEqual([]);
      expect(result.code).toBe(0);
      expect(sample.project()).toMatch(/^[a-z0-9][a-z0-9-]*-[0-9a-f]{10}$/);
      expect(cofferdam(sample.root, ['exec', 'pwd']).stdout).toBe('/workspace\n');
      expect(existsSync(join(sample.root, 'pwned'))).toBe(false);
    } finally {
      sample.remove();
    }
  });

  it.each(['$(touch pwned)', 'new\nline', 'trailing\n'])(
    '%j, which compose cannot take, is refused with one clear error',
    (name) => {
      const sample = sampleRepository(name);
      try {
        expect(cofferdam(sample.root, ['init', '--yes'])).toMatchObject({ code: 0 });
        const result = cofferdam(sample.root, ['up']);
        expect(result).toMatchObject({ code: 2, stdout: '' });
        expect(result.stderr).toMatch(
          /^error \[folder-unsupported\] .*rename the folder\n {2}why: .*\n {2}next: .*\n$/,
        );
        expect(existsSync(join(sample.root, 'pwned'))).toBe(false);
      } finally {
        sample.remove();
      }
    },
  );

  it('does not make two folders of the same name share anything', () => {
    const one = sampleRepository('app');
    const two = sampleRepository('app');
    try {
      for (const sample of [one, two]) {
        expect(cofferdam(sample.root, ['init', '--yes'])).toMatchObject({ code: 0 });
        spawnSync('sh', ['.devcontainer/initialize.sh'], { cwd: sample.root });
      }
      const names = (sample: Sample): string[] => {
        const compose = join(sample.root, '.devcontainer/docker-compose.yml');
        const { name, volumes, networks } = JSON.parse(docker('compose', '-f', compose, 'config', '--format', 'json'));
        const all = [...Object.values(volumes), ...Object.values(networks)].map((entry) => Object(entry).name);
        return [name, ...all];
      };
      expect(names(one).length).toBeGreaterThan(4);
      expect(names(one).filter((name) => names(two).includes(name))).toEqual([]);
    } finally {
      one.remove();
      two.remove();
    }
  });
});
