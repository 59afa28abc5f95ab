import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { cofferdam, sampleRepository } from '../support/box.ts';
import { engineAnswers } from '../support/live.ts';
import { newerGit } from '../support/newer-git.ts';
import { handMade, type Tree } from '../support/worktree.ts';

interface Mount {
  readonly target: string;
  readonly source?: string;
  read_only?: boolean;
}

/** The box once more from a changed compose file, as it would be without a control. The next `up` makes it whole. */
function without(tree: Tree, change: (mounts: Mount[]) => Mount[]): void {
  const path = '.devcontainer/docker-compose.yml';
  const before = tree.read(path);
  const compose = parse(before);
  compose.services.agent.volumes = change(compose.services.agent.volumes);
  tree.write(path, stringify(compose));
  const { status, stderr } = spawnSync('docker', ['compose', 'up', '--detach', '--wait'], {
    cwd: join(tree.root, '.devcontainer'),
    encoding: 'utf8',
  });
  tree.write(path, before);
  if (status !== 0) throw new Error(stderr);
}

/** References of the main repository, and what git knows of its worktrees. */
const known = ({ main }: Tree): string => `${main.git('for-each-ref')}\n${main.git('worktree', 'list', '--porcelain')}`;

const PROBES = [
  'git-commondir',
  'git-config',
  'git-hooks',
  'git-metadata',
  'git-neighbour-files',
  'git-other-refs',
  'git-swap',
  'gitlinks',
  'hard-links',
  'host-mounts',
  'protected-mounts',
];

/** What `verify` says of a worktree’s box, probes by verdict, and the evidence of those that do not hold. */
function verdicts(
  tree: Pick<Tree, 'root'>,
  only: readonly string[] = PROBES,
): Record<string, string[]> & { said?: string[] } {
  const { stdout, stderr } = cofferdam(tree.root, ['verify', '--only', only.join(','), '--format', 'json']);
  if (stdout === '') throw new Error(stderr);
  const found: Record<string, string[]> = {};
  const said: string[] = [];
  for (const { id, verdict, evidence } of JSON.parse(stdout).probes) {
    found[verdict] = [...(found[verdict] ?? []), id].sort();
    if (verdict !== 'held') said.push(`${id}: ${evidence}`);
  }
  return { ...found, said };
}

/** What every commit changes. */
const but = (text: string, branch: string): string =>
  text
    .split('\n')
    .filter((line) => !line.includes(`refs/heads/${branch}`) && !line.startsWith('HEAD '))
    .join('\n');

const READ_ONLY = /Read-only file system|Device or resource busy|Permission denied/;

describe.skipIf(!engineAnswers())('the box of a clone', () => {
  let tree: Tree;
  let objects: string;
  beforeAll(() => {
    tree = handMade('clone');
    objects = join(tree.main.root, '.git/objects');
    const up = cofferdam(tree.root, ['up']);
    expect(up.code, up.stderr).toBe(0);
  });
  afterAll(() => tree?.remove());

  it('lets the agent work with git, the host sees it, and the main repository is as it was', () => {
    const before = known(tree);
    const work = tree.inside(
      'set -e; echo one > one.txt; git add one.txt; git commit -qm "From the box"; git checkout -qb topic; git checkout -q one; git merge -q topic; git worktree prune; git gc -q --prune=now; git fsck --no-dangling >&2',
    );
    expect(work).toMatchObject({ code: 0 });
    expect(tree.git('log', '-1', '--format=%s')).toBe('From the box');
    expect(known(tree)).toBe(before);
  });

  it('shows of the main repository its objects, and lets nobody write them', () => {
    expect(tree.inside(`ls -A '${tree.main.root}' '${tree.main.root}/.git'`).stdout).toMatch(
      /:\n\.git\n\n.*:\nobjects\n$/,
    );
    const write = tree.inside(
      `echo x > '${objects}/canary'; mkdir '${tree.main.root}/.git/refs'; ls '${tree.neighbour}'`,
    );
    expect(write.stderr).toMatch(/canary: Read-only file system/);
    expect(write.stderr).toMatch(/refs.*: Permission denied/);
    expect(write.stderr).toMatch(/neighbour.*: No such file/);
    expect(existsSync(join(objects, 'canary'))).toBe(false);
  });

  it('has no other place to borrow from, and no hooks or configuration of the agent’s', () => {
    const attack = tree.inside(
      'echo /tmp >> .git/objects/info/alternates; mv .git/objects .git/o; mv .git/objects/info .git/objects/i; echo x > .git/hooks/pre-commit; git config a.b c; echo ../x > .git/commondir',
    );
    const refused = attack.stderr.split('\n').filter((line) => READ_ONLY.test(line));
    expect(refused, attack.stderr).toHaveLength(6);
    expect(tree.read('.git/objects/info/alternates')).toBe(`${objects}\n`);
  });

  it('keeps git on the host out of repositories that the agent nests', () => {
    expect(tree.git('config', 'diff.ignoreSubmodules')).toBe('all');
  });

  it('has every mount, and status misses one that the host lifted', () => {
    expect(cofferdam(tree.root, ['status'])).toMatchObject({ code: 0 });
    tree.git('config', 'cofferdam.test', 'yes');
    expect(cofferdam(tree.root, ['status'])).toMatchObject({ code: 1, stdout: expect.stringMatching(/\.git\/config/) });
    expect(cofferdam(tree.root, ['up'])).toMatchObject({ code: 0 });
    expect(cofferdam(tree.root, ['status'])).toMatchObject({ code: 0 });
  });

  it('is attacked by verify, and holds', () => {
    expect(verdicts(tree)).toEqual({ held: PROBES, said: [] });
  });

  it('would let the agent write the main repository if all of it were mounted', () => {
    const all = { type: 'bind', source: tree.main.root, target: tree.main.root };
    without(tree, (mounts) => [...mounts.filter(({ target }) => !target.endsWith('_COMMON}/objects')), all]);
    // The agent of another uid than the main repository's owner is stopped by that alone: here it may write.
    spawnSync('chmod', ['777', objects]);
    expect(tree.inside(`echo x > '${objects}/canary'`)).toMatchObject({ code: 0 });
    expect(existsSync(join(objects, 'canary'))).toBe(true);
    const broken = ['git-metadata', 'git-neighbour-files', 'git-other-refs', 'host-mounts', 'protected-mounts'];
    expect(verdicts(tree, broken)).toMatchObject({ breached: broken });
  });
});

describe.skipIf(!engineAnswers())('the box of a linked worktree', () => {
  let tree: Tree;
  /** The main repository's .git, and this worktree's folder in it. */
  let git: string;
  let own: string;
  beforeAll(() => {
    tree = handMade('shared', 'one', "ma'in app");
    git = join(tree.main.root, '.git');
    own = tree.read('.git').trim().replace('gitdir: ', '');
    const up = cofferdam(tree.root, ['up']);
    expect(up.code, up.stderr).toBe(0);
  });
  afterAll(() => tree?.remove());

  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

  it('lets the agent work with git, prune and collect; all of it is still known to the host afterwards', () => {
    const before = known(tree);
    const work = tree.inside(
      'set -e; echo one > one.txt; git add one.txt; git commit -qm "From the box"; git stash list; git worktree prune --expire=now; git gc -q --prune=now',
    );
    expect(work).toMatchObject({ code: 0 });
    expect(tree.git('log', '-1', '--format=%s')).toBe('From the box');
    expect(tree.main.git('log', '-1', '--format=%s', 'one')).toBe('From the box');
    expect(but(known(tree), 'one')).toBe(but(before, 'one'));
    expect(tree.git('status', '--porcelain', '--', 'one.txt')).toBe('');
  });

  it('does not let the agent change what git on the host follows, nor what keeps this worktree known', () => {
    const before = known(tree);
    const attacks = {
      hooks: `echo x > ${quoted(`${git}/hooks/post-checkout`)}`,
      configuration: 'git config a.b c',
      'the common folder’s commondir': `echo /tmp > ${quoted(`${git}/commondir`)}`,
      attributes: `echo x > ${quoted(`${git}/info/attributes`)}`,
      'its own commondir': `echo /tmp > ${quoted(`${own}/commondir`)}`,
      'its own commondir, replaced': `mv ${quoted(`${own}/commondir`)} /tmp/c`,
      'its own gitdir': `echo /workspace/.git > ${quoted(`${own}/gitdir`)}`,
      'its own configuration': `echo x > ${quoted(`${own}/config.worktree`)}`,
      'its lock': `rm -f ${quoted(`${own}/locked`)}`,
      'submodules of its own': `rm -f ${quoted(`${own}/modules`)}`,
      'its own folder': `mv ${quoted(own)} ${quoted(`${own}.x`)}`,
      'another worktree’s gitdir': `echo x > ${quoted(`${git}/worktrees/neighbour/gitdir`)}`,
      'another worktree’s HEAD': `echo x > ${quoted(`${git}/worktrees/neighbour/HEAD`)}`,
      'another worktree’s registration': `rm -rf ${quoted(`${git}/worktrees/neighbour`)}`,
      'a worktree of the agent’s': `mkdir ${quoted(`${git}/worktrees/x`)}`,
      'the repository as a whole': `mv ${quoted(git)} ${quoted(`${git}.x`)}`,
      'where git looks for the worktree': `rm -f ${quoted(`${tree.root}/.git`)}`,
      'the worktree’s .git': 'mv .git g',
    };
    const script = Object.entries(attacks).map(
      ([name, attack]) => `echo "${name}: $({ ${attack}; } 2>&1 | tr '\\n' ' ')"`,
    );
    const said = tree.inside(script.join('\n')).stdout.trim().split('\n');
    expect(said).toHaveLength(script.length);
    expect(said.filter((line) => !READ_ONLY.test(line))).toEqual([]);
    expect(known(tree)).toBe(before);
  });

  it('shows no working file of the main checkout or of another worktree', () => {
    expect(tree.inside(`ls -A ${quoted(tree.main.root)}`).stdout).toBe('.git\n');
    expect(tree.inside(`ls ${quoted(tree.neighbour)}`).stderr).toMatch(/No such file/);
    expect(readFileSync(join(tree.neighbour, 'secret.txt'), 'utf8')).toBe('secret\n');
  });

  it('is attacked by verify, and holds but for the other branches', () => {
    const { said, ...found } = verdicts(tree);
    expect(found, said?.join('\n')).toEqual({
      held: PROBES.filter((id) => id !== 'git-other-refs'),
      'not-applicable': ['git-other-refs'],
    });
    expect(said).toEqual([expect.stringContaining('worktrees.isolation: shared leaves this open')]);
  });

  it('leaves open what it says: another branch can be moved', () => {
    const head = tree.main.git('rev-parse', 'other');
    expect(tree.inside('git update-ref refs/heads/other "$(git commit-tree -m x HEAD^{tree})"').code).toBe(0);
    expect(tree.main.git('rev-parse', 'other')).not.toBe(head);
    tree.main.git('update-ref', 'refs/heads/other', head);
  });

  it('has every mount; status misses one that git in the main checkout lifted, and up mends it', () => {
    expect(cofferdam(tree.root, ['status'])).toMatchObject({ code: 0 });
    tree.main.git('config', 'cofferdam.test', 'yes');
    const lost = cofferdam(tree.root, ['status']);
    expect(lost).toMatchObject({ code: 1, stdout: expect.stringContaining(`${git}/config`) });
    expect(cofferdam(tree.root, ['up'])).toMatchObject({ code: 0 });
    expect(cofferdam(tree.root, ['status'])).toMatchObject({ code: 0 });
    expect(tree.inside('git config a.b c').stderr).toMatch(READ_ONLY);
  });

  it('keeps its mounts when the main checkout’s own placeholders are taken away', () => {
    const made = readdirSync(git);
    expect(cofferdam(tree.main.root, ['down'])).toMatchObject({ code: 0 });
    expect(readdirSync(git)).toEqual(made);
    expect(cofferdam(tree.root, ['status'])).toMatchObject({ code: 0 });
  });

  it('would lose hooks and the host’s registration with the repository mounted as others do it', () => {
    const before = known(tree);
    // Whoever runs agents under the host's own uid gives them this; here git was run by root.
    spawnSync('chmod', ['-R', '777', join(git, 'worktrees')]);
    const folders = ['${COFFERDAM_GIT_COMMON}'];
    without(tree, (mounts) => mounts.filter(({ target }) => !target.startsWith('${') || folders.includes(target)));
    const broken = ['git-config', 'git-hooks', 'git-metadata', 'protected-mounts'];
    expect(verdicts(tree, broken)).toMatchObject({ breached: broken });
    const attack = tree.inside(
      `echo x > ${quoted(`${git}/hooks/post-checkout`)}; rm -f ${quoted(`${own}/locked`)}; echo /gone/.git > ${quoted(`${own}/gitdir`)}; git worktree prune`,
    );
    expect(attack.code, attack.stderr).toBe(0);
    expect(existsSync(join(git, 'hooks/post-checkout'))).toBe(true);
    expect(existsSync(own)).toBe(false);
    expect(known(tree)).not.toBe(before);
  });
});

describe.skipIf(!engineAnswers())('a repository whose worktrees have relative paths', () => {
  const before = process.env['PATH'];
  let tree: Tree;
  beforeAll(() => {
    process.env['PATH'] = `${newerGit()}${delimiter}${before}`;
    tree = handMade('shared');
  });
  afterAll(() => {
    tree?.remove();
    process.env['PATH'] = before;
  });

  const work =
    'git commit -q --allow-empty -m "From the box" && git worktree prune && git gc -q && git log -1 --format=%s';

  /** What the box has at a path, below the root of the file system that it is on. */
  const mounted = (path: string): string =>
    tree.inside(`awk -v at="${path}" '$5 == at { print $4 }' /proc/self/mountinfo`).stdout.trim();

  it('lets the agent of a worktree work when they become relative, and stays as it was', () => {
    expect(cofferdam(tree.root, ['up'])).toMatchObject({ code: 0 });
    expect(mounted('/workspace/.git')).toMatch(/\/app-one\/\.git$/);
    tree.main.git('worktree', 'repair', '--relative-paths', tree.root);
    expect(tree.read('.git')).toBe('gitdir: ../app/.git/worktrees/app-one\n');
    expect(tree.main.git('config', 'extensions.relativeWorktrees')).toBe('true');
    const [list, config, link] = [known(tree), tree.main.read('.git/config'), tree.read('.git')];
    const up = cofferdam(tree.root, ['up']);
    expect(up.code, up.stderr).toBe(0);
    expect(mounted('/workspace/.git')).toMatch(/\/\.devcontainer\/state\/git\/link$/);
    expect(tree.inside(work)).toMatchObject({ code: 0, stdout: 'From the box\n' });
    expect(tree.main.git('log', '-1', '--format=%s', 'one')).toBe('From the box');
    expect(but(known(tree), 'one')).toBe(but(list, 'one'));
    expect(tree.read('.git')).toBe(link);
    expect(tree.main.read('.git/config').replace(/\[diff\]\n.*\n/, '')).toBe(config.replace(/\[diff\]\n.*\n/, ''));
    // What the box has instead is nothing that the agent can change.
    const refused = tree.inside('echo x >.git; git config a.b c; echo x >"$(git rev-parse --git-dir)/gitdir"').stderr;
    expect(
      refused.split('\n').filter((line) => READ_ONLY.test(line)),
      refused,
    ).toHaveLength(3);
    expect(cofferdam(tree.root, ['status'])).toMatchObject({ code: 0 });
    const held = PROBES.filter((id) => id !== 'git-other-refs');
    expect(verdicts(tree, held)).toEqual({ held, said: [] });
  });

  it('would be none for the agent’s git with the host’s own files', () => {
    const own: Record<string, string> = {
      GIT_CONFIG: '${COFFERDAM_GIT_COMMON}/config',
      GIT_DIR: '${COFFERDAM_GIT_OWN}/gitdir',
      GIT_LINK: '../.git',
    };
    without(tree, (mounts) =>
      mounts.map((mount) => {
        const name = /^\$\{COFFERDAM_(GIT_CONFIG|GIT_DIR|GIT_LINK)\b/.exec(mount.source ?? '')?.[1];
        return name === undefined ? mount : { ...mount, source: own[name] ?? '' };
      }),
    );
    expect(tree.inside('git log -1').stderr).toMatch(/not a git repository/);
  });

  it('lets the agent of the main checkout work, whose own git would not open it', () => {
    const up = cofferdam(tree.main.root, ['up']);
    expect(up.code, up.stderr).toBe(0);
    const inside = (script: string) => cofferdam(tree.main.root, ['exec', '--', 'bash', '-c', script]);
    expect(inside(work)).toMatchObject({ code: 0, stdout: 'From the box\n' });
    expect(inside('git config a.b c').stderr).toMatch(READ_ONLY);
    expect(
      inside(
        `cp -r .git /tmp/git; cat .git/config >/tmp/git/config; git config --file /tmp/git/config extensions.relativeWorktrees true; git --git-dir=/tmp/git log -1`,
      ).stderr,
    ).toMatch(/unknown repository extension/);
    expect(tree.main.git('config', 'extensions.relativeWorktrees')).toBe('true');
    const held = [
      'git-commondir',
      'git-config',
      'git-hooks',
      'git-metadata',
      'git-swap',
      'hard-links',
      'protected-mounts',
    ];
    expect(verdicts(tree.main, held)).toEqual({ held, said: [] });
  });

  it('has the host’s own files again when they are absolute again', () => {
    tree.main.git('worktree', 'repair', '--no-relative-paths', tree.root);
    tree.main.git('config', '--unset', 'extensions.relativeWorktrees');
    expect(cofferdam(tree.root, ['up'])).toMatchObject({ code: 0 });
    expect(mounted('/workspace/.git')).toMatch(/\/app-one\/\.git$/);
    expect(mounted(`${tree.main.root}/.git/config`)).toMatch(/\/app\/\.git\/config$/);
    expect(readdirSync(join(tree.root, '.devcontainer/state/git'))).toEqual([]);
    expect(tree.inside('git log -1 --format=%s').stdout).toBe('From the box\n');
  });
});

describe('a folder whose git is elsewhere', () => {
  const script = (root: string) => spawnSync('sh', ['.devcontainer/initialize.sh'], { cwd: root, encoding: 'utf8' });

  it('is refused where nobody wrote down what it is', () => {
    const tree = handMade('shared');
    try {
      rmSync(join(tree.root, '.devcontainer/state/worktree'));
      expect(cofferdam(tree.root, ['sync', '--check'])).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/\.git is a file.*\n.*\n.*cofferdam worktree add/),
      });
      expect(script(tree.root)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('state/worktree is missing'),
      });
    } finally {
      tree.remove();
    }
  });

  it.each(['clone', 'shared'] as const)(
    'is refused, isolation %s, where the file names another repository',
    (isolation) => {
      const tree = handMade(isolation);
      const victim = sampleRepository('victim');
      try {
        victim.git('worktree', 'add', '--quiet', '-b', 'x', `${victim.root}-x`);
        const entry = isolation === 'shared' ? `GIT_OWN=${victim.root}/.git/worktrees/victim-x\n` : '';
        victim.write('.devcontainer/state/worktrees/one', `NAME=one\nPATH=${victim.root}-x\n`);
        tree.write(
          '.devcontainer/state/worktree',
          `ISOLATION=${isolation}\nNAME=one\nMAIN=${victim.root}\nGIT_COMMON=${victim.root}/.git\n${entry}`,
        );
        expect(cofferdam(tree.root, ['sync', '--check'])).toMatchObject({
          code: 2,
          stderr: expect.stringMatching(/does not know this folder as its worktree one/),
        });
        expect(script(tree.root)).toMatchObject({
          status: 1,
          stderr: expect.stringMatching(/does not know|at another place/),
        });
        expect(existsSync(join(tree.root, '.devcontainer/.env'))).toBe(false);
      } finally {
        victim.git('worktree', 'remove', '--force', `${victim.root}-x`);
        rmSync(join(victim.root, '..'), { recursive: true });
        tree.remove();
      }
    },
  );

  it('is refused by the script where the file is not what it should be', () => {
    const tree = handMade('shared');
    const facts = tree.read('.devcontainer/state/worktree');
    try {
      for (const [change, said] of [
        [(text: string) => `${text}X=$(touch pwned)\n`, /dollar sign/],
        [(text: string) => `${text}\nX=1\n`, /not understood/],
        [(text: string) => text.replace('shared', 'clone'), /another kind/],
        [(text: string) => text.replaceAll('app/.git', 'app/../app/.git'), /GIT_COMMON that is not/],
        [(text: string) => text.replace('/worktrees/', '/worktrees/../worktrees/'), /GIT_OWN that is not/],
        [() => '', /another kind/],
      ] as const) {
        tree.write('.devcontainer/state/worktree', change(facts));
        expect(script(tree.root)).toMatchObject({ status: 1, stderr: expect.stringMatching(said) });
      }
      expect(existsSync(join(tree.root, 'pwned'))).toBe(false);
      tree.write('.devcontainer/state/worktree', facts);
      expect(script(tree.root)).toMatchObject({ status: 0 });
    } finally {
      tree.remove();
    }
  });

  it('gets its copies of git’s files in place of nothing else', () => {
    const tree = handMade('shared');
    const views = join(tree.root, '.devcontainer/state/git');
    const config = join(tree.main.root, '.git/config');
    const victim = join(tree.root, 'victim');
    const clear = () => rmSync(views, { recursive: true, force: true });
    try {
      tree.main.git('config', 'extensions.relativeWorktrees', 'true');
      spawnSync('chmod', ['600', config]);
      expect(script(tree.root)).toMatchObject({ status: 0 });
      // Whoever may not read the one may not read the other.
      const copy = statSync(join(views, 'config'));
      expect(copy.mode).toBe(statSync(config).mode);
      expect(copy.mode & 0o007).toBe(0);
      expect(readFileSync(join(views, 'config'), 'utf8')).not.toContain('relativeWorktrees');
      writeFileSync(victim, 'mine\n');
      const plants: readonly (readonly [() => void, RegExp])[] = [
        [() => symlinkSync(tree.root, views), /state\/git is a symbolic link/],
        [() => symlinkSync(victim, join(views, 'config')), /git\/config is a symbolic link/],
        [() => linkSync(victim, join(views, 'config')), /has another name/],
        [() => mkdirSync(join(views, 'config')), /git\/config must be a regular file/],
      ];
      for (const [plant, said] of plants) {
        clear();
        if (!said.source.includes('state')) mkdirSync(views);
        plant();
        expect(script(tree.root)).toMatchObject({ status: 1, stderr: expect.stringMatching(said) });
        expect(readFileSync(victim, 'utf8')).toBe('mine\n');
        expect(existsSync(join(tree.root, 'config'))).toBe(false);
        // Nor is half a copy of the configuration left.
        expect(readdirSync(join(views, '..')).filter((name) => name.startsWith('git.'))).toEqual([]);
      }
    } finally {
      clear();
      tree.main.git('config', '--file', config, '--unset', 'extensions.relativeWorktrees');
      tree.remove();
    }
  });

  it('is refused where the main repository borrows objects itself', () => {
    const tree = handMade('clone');
    try {
      writeFileSync(join(tree.main.root, '.git/objects/info/alternates'), '/nowhere\n');
      expect(script(tree.root)).toMatchObject({ status: 1, stderr: expect.stringContaining('borrows objects itself') });
    } finally {
      tree.remove();
    }
  });

  it('is refused as a submodule', () => {
    const sample = sampleRepository();
    try {
      sample.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', sample.root, 'part');
      mkdirSync(join(sample.root, 'part/.devcontainer'));
      expect(cofferdam(join(sample.root, 'part'), ['init', '--yes'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('folder-unsupported'),
      });
    } finally {
      rmSync(join(sample.root, '..'), { recursive: true });
    }
  });
});
