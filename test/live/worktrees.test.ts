import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cofferdam, type Sample, sampleRepository } from '../support/box.ts';
import { docker, engineAnswers } from '../support/live.ts';
import { POSTGRES, providePostgres } from '../support/postgres.ts';

const NAMES: readonly string[] = ['one', 'two', 'three', 'four'];
/** The one whose editor has a container of its own. */
const SPLIT = 'four';

/** What the four have in common, beside the repository. */
const POLICY = `
packages: [postgresql-client]
shared:
  postgres:
    version: "${POSTGRES.split(':')[1]}"
actions:
  whose:
    describe: says whose database it works on
    run: [printenv, PGDATABASE]
    environment: [PGDATABASE]
forward: [3000]
`;

interface Desk {
  readonly name: string;
  readonly root: string;
  readonly project: string;
  readonly agent: string;
  /** How long \`up\` took. */
  readonly ms: number;
}

interface Ran {
  readonly code: number | null;
  readonly text: string;
}

/** Runs a script as the agent of a box would. */
function inside(desk: Pick<Desk, 'root'>, script: string, ...args: readonly string[]): Ran {
  const { code, stdout, stderr } = cofferdam(desk.root, ['exec', '--', 'bash', '-c', script, 'bash', ...args]);
  return { code, text: (stdout + stderr).trim() };
}

function run(root: string, ...args: string[]): string {
  const { code, stdout, stderr } = cofferdam(root, args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout;
}

describe.skipIf(!engineAnswers())('four worktrees at once', () => {
  let sample: Sample;
  const desks: Desk[] = [];
  let before: unknown;

  /** Everything that the repository has on this machine, by name. */
  const everything = (): unknown => {
    const ours = (...args: string[]): readonly string[] =>
      docker(...args)
        .split('\n')
        .filter((name) => name.includes('quartet'))
        .sort();
    return {
      containers: ours('ps', '--all', '--format', '{{.Names}}'),
      volumes: ours('volume', 'ls', '--format', '{{.Name}}'),
      networks: ours('network', 'ls', '--format', '{{.Name}}'),
      images: ours('images', '--format', '{{.Repository}}'),
      worktrees: sample.git('worktree', 'list', '--porcelain').replaceAll(/^HEAD .*$/gm, ''),
      references: sample.git('for-each-ref', '--format=%(refname)'),
    };
  };
  /** What of the repository and of the second worktree somebody else could want to change. */
  const onDisk = (): unknown => [
    sample.git('for-each-ref'),
    sample.read('.git/config'),
    ...['.', '.git/hooks', '.git/objects', '.devcontainer/state/worktrees'].map((path) =>
      readdirSync(join(sample.root, path)),
    ),
    readdirSync(desk(1).root),
    readdirSync(join(desk(1).root, '.git/refs/heads')),
  ];
  const desk = (index: number): Desk => {
    const found = desks[index];
    if (!found) throw new Error('not up');
    return found;
  };

  beforeAll(() => {
    providePostgres();
    sample = sampleRepository('quartet');
    run(sample.root, 'init', '--yes');
    const policy = sample.read('.devcontainer/cofferdam.yaml').replace(/^packages: \[\]$/m, '');
    sample.write('.devcontainer/cofferdam.yaml', policy + POLICY);
    run(sample.root, 'sync');
    sample.git('add', '.');
    sample.git('commit', '--quiet', '--message', 'Box');
    before = everything();
    for (const name of NAMES) {
      const { path } = JSON.parse(run(sample.root, 'worktree', 'add', name, '--json'));
      // What one decides for its own box is no other's business.
      if (name === SPLIT) {
        const file = join(path, '.devcontainer/cofferdam.yaml');
        writeFileSync(file, readFileSync(file, 'utf8').replace(/^topology: attached$/m, 'topology: split'));
        run(path, 'sync');
      }
      const began = performance.now();
      run(path, 'up');
      const ms = performance.now() - began;
      const { project, containers } = JSON.parse(run(path, 'status', '--json'));
      const agent = containers.find(({ role }: { role: string }) => role === 'agent').id;
      desks.push({ name, root: path, project, agent, ms });
    }
  });
  afterAll(() => {
    for (const { root } of desks) if (existsSync(root)) cofferdam(root, ['down', '--all']);
    cofferdam(sample.root, ['services', 'down', '--force', '--data', '--yes']);
    sample?.remove();
  });

  it('each commits to its own branch', () => {
    for (const one of desks) {
      const made = inside(
        one,
        'echo "$0" > "$1" && git add "$1" && git commit -qm "From $1" && git status -sb',
        one.name,
      );
      expect(made).toEqual({ code: 0, text: expect.stringMatching(new RegExp(`^## ${one.name}\\b`)) });
    }
    // None sees what another one did.
    expect(
      desks.map((one) => inside(one, 'git log -1 --format=%s; git branch --all --format="%(refname:short)"').text),
    ).toEqual(NAMES.map((name) => expect.stringMatching(new RegExp(`^From ${name}\\n`))));
    for (const one of desks) {
      const others = NAMES.filter((name) => name !== one.name);
      expect(inside(one, 'git for-each-ref --format="%(refname)"').text).not.toMatch(new RegExp(others.join('|')));
    }
  });

  it('have a database, an action and a port each, which work', () => {
    for (const one of desks) {
      const query = 'create table mine as select $$\'"$1"\'$$ as name; select name from mine';
      expect(inside(one, `psql -X -Atqc '${query}'`, one.name)).toEqual({ code: 0, text: one.name });
      expect(inside(one, 'cofferdam action whose').text).toBe(one.project.replaceAll('-', '_'));
      docker('exec', '-d', '-u', 'vscode', '-e', `NAME=${one.name}`, one.agent, 'node', '-e', SERVER);
    }
  });

  it('are reached by the host as localhost, each at a port of its own', async () => {
    for (const one of desks) {
      const { forward } = JSON.parse(run(one.root, 'status', '--json'));
      const answer = await fetch(forward.ports[0].url);
      expect(await answer.text()).toBe(one.name);
    }
    // And by an editor in a container of its own.
    const { project, name } = desk(NAMES.indexOf(SPLIT));
    const from = ['exec', '-u', 'vscode', `${project}-editor-1`, 'node', '-e'];
    expect(docker(...from, "fetch('http://localhost:3000').then(async (got) => console.log(await got.text()))")).toBe(
      name,
    );
  });

  it('cannot touch each other', () => {
    const [attacker, victim] = [desk(0), desk(1)];
    const untouched = onDisk();
    const addresses = (one: Desk): readonly string[] =>
      docker('ps', '--quiet', '--filter', `label=dev.cofferdam.project=${one.project}`)
        .split('\n')
        .flatMap((id) =>
          docker('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}', id).split(' '),
        )
        .filter((address) => /^\d/.test(address));
    const user = (one: Desk): string => one.project.replaceAll('-', '_');
    for (const [what, script] of Object.entries(WRITES)) {
      // The last word is the script's own: an exec that fails is no refusal.
      const { code, text } = inside(attacker, `(${script}) 2>&1 && echo written || echo refused`, sample.root);
      expect({ what, code, said: text.split('\n').at(-1) }).toEqual({ what, code: 0, said: 'refused' });
    }
    expect(onDisk()).toEqual(untouched);
    // The same scripts do it where the folders are mounted: here copies of them, at the same place.
    const copies = mkdtempSync(join(tmpdir(), 'cofferdam-copies-'));
    try {
      cpSync(dirname(sample.root), copies, { recursive: true, verbatimSymlinks: true });
      const image = docker('inspect', '--format', '{{.Config.Image}}', attacker.agent);
      const mount = ['--volume', `${copies}:${dirname(sample.root)}`];
      for (const script of Object.values(WRITES)) {
        docker(
          'run',
          '--rm',
          '--user',
          '0',
          ...mount,
          '--entrypoint',
          'bash',
          image,
          '-ec',
          script,
          'bash',
          sample.root,
        );
      }
    } finally {
      rmSync(copies, { recursive: true });
    }

    expect(inside(attacker, TABLE, user(victim)).text).toMatch(
      /no pg_hba\.conf entry|pg_hba\.conf rejects|permission denied/,
    );
    expect(inside(attacker, TABLE, user(attacker))).toEqual({ code: 0, text: 'one' });

    const answering = inside(
      attacker,
      `for a; do for p in 3000 7070 2375 5432; do ${CONNECT} && echo "$a:$p"; done; done; true`,
      ...addresses(victim),
    );
    expect(answering).toEqual({ code: 0, text: '' });
    const own = inside(victim, `for a; do p=3000; ${CONNECT} && echo "$a:$p"; done; true`, ...addresses(victim));
    expect(own.text).toMatch(/:3000$/m);

    const volumes = ({ agent }: Desk): readonly string[] =>
      JSON.parse(docker('inspect', '--format', '{{json .Mounts}}', agent)).flatMap(
        (mount: { Name?: string }) => mount.Name ?? [],
      );
    expect(volumes(attacker).length).toBeGreaterThan(0);
    expect(volumes(attacker).filter((name) => volumes(victim).includes(name))).toEqual([]);
  });

  it.each(['one', SPLIT])('hold against every attack of verify: %s', (name) => {
    const { code, stdout } = cofferdam(desk(NAMES.indexOf(name)).root, ['verify', '--format', 'json']);
    const { probes } = JSON.parse(stdout);
    const apart = probes.find(({ id }: { id: string }) => id === 'editor-separate');
    expect(apart.verdict).toBe(name === SPLIT ? 'held' : 'not-applicable');
    const of = (verdict: string): readonly string[] =>
      probes
        .filter((probe: { verdict: string }) => probe.verdict === verdict)
        .map(({ id, evidence }: { id: string; evidence: string }) => `${id}: ${evidence}`);
    expect({ breached: of('breached'), inconclusive: of('inconclusive'), code }).toEqual({
      breached: [],
      inconclusive: [],
      code: 0,
    });
  });

  it('come back by their branches, and leave nothing', () => {
    for (const { name, root } of desks) {
      // Its commit is nowhere else.
      expect(cofferdam(sample.root, ['worktree', 'remove', name]).stderr).toContain('work-unsaved');
      run(sample.root, 'worktree', 'land', name);
      sample.git('merge', '--quiet', '--no-edit', name);
      expect(sample.read(name)).toContain('bash');
      writeFileSync(join(root, 'more'), 'not committed\n');
      expect(cofferdam(sample.root, ['worktree', 'remove', name]).stderr).toContain('work-unsaved');
      run(sample.root, 'worktree', 'remove', name, '--force');
    }
    run(sample.root, 'services', 'down', '--data', '--yes');
    expect(everything()).toEqual(before);
  });

  it('says how long each took to come up', () => {
    const [first = 0, ...rest] = desks.map(({ ms }) => ms);
    console.log(
      `up: the first ${Math.round(first)} ms, then ${rest.map((ms) => `${(ms / first).toFixed(2)} times`).join(', ')}`,
    );
    expect(desks).toHaveLength(NAMES.length);
  });
});

const TABLE = 'psql -X -Atc "table mine" "dbname=$1"';

/** What writes into the main checkout, $1, and into the worktree `two` beside it. */
const WRITES: Readonly<Record<string, string>> = {
  'a branch':
    'mkdir -p "$1/.git/refs/heads" && echo 0000000000000000000000000000000000000001 > "$1/.git/refs/heads/planted"',
  'a neighbour’s branch': 'mkdir -p "$1-two/.git/refs/heads" && echo x > "$1-two/.git/refs/heads/planted"',
  'a hook': 'mkdir -p "$1/.git/hooks" && echo x > "$1/.git/hooks/post-commit"',
  'a configuration': 'echo x >> "$1/.git/config"',
  'an object': 'echo x > "$1/.git/objects/planted"',
  'a file': 'mkdir -p "$1" && echo x > "$1/planted"',
  'a neighbour’s file': 'mkdir -p "$1-two" && echo x > "$1-two/planted"',
  'the registry of worktrees': 'rm "$1/.devcontainer/state/worktrees/two"',
};

/** What is dropped on the way gives no answer at all. */
const CONNECT = 'timeout 1 bash -c "exec 3<>/dev/tcp/$a/$p" 2>/dev/null';

/** An app that listens on every address of its container, so that a neighbour could reach it if any way led there. */
const SERVER = "require('node:http').createServer((_, answer) => answer.end(process.env.NAME)).listen(3000)";
