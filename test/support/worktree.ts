import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cofferdam, type Sample, sampleRepository } from './box.ts';
import { docker } from './live.ts';

export interface Tree {
  /** The main checkout, without a box of its own. */
  readonly main: Sample;
  readonly root: string;
  /** Another linked worktree of the main repository, with a file `secret.txt`. */
  readonly neighbour: string;
  /** Runs git on the host, in the worktree. */
  git(...args: string[]): string;
  /** Runs a script in the box. */
  inside(script: string): ReturnType<typeof cofferdam>;
  read(path: string): string;
  write(path: string, text: string): void;
  remove(): void;
}

/** What `cofferdam worktree add` leaves, made by plain git and by hand, from a repository that `init` has seen. */
export function handMade(isolation: 'clone' | 'shared', name = 'one', mainName = 'app'): Tree {
  const main = sampleRepository(mainName);
  const { code, stderr } = cofferdam(main.root, ['init', '--yes', '--agent', 'codex']);
  if (code !== 0) throw new Error(stderr);
  const parent = join(main.root, '..');
  const root = join(parent, `${mainName}-${name}`);
  const neighbour = join(parent, 'neighbour');
  main.git('branch', 'other');
  main.git('worktree', 'add', '--quiet', '-b', 'neighbour', neighbour);
  writeFileSync(join(neighbour, 'secret.txt'), 'secret\n');
  if (isolation === 'clone') {
    main.git('update-ref', `refs/cofferdam/worktrees/${name}`, 'HEAD');
    main.git('clone', '--quiet', '--shared', '--no-tags', main.root, root);
  } else {
    main.git('worktree', 'add', '--quiet', '--lock', '-b', name, root);
  }
  const tree: Tree = {
    main,
    root,
    neighbour,
    git: (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim(),
    inside: (script) => cofferdam(root, ['exec', '--', 'bash', '-c', script]),
    read: (path) => readFileSync(join(root, path), 'utf8'),
    write: (path, text) => writeFileSync(join(root, path), text),
    remove() {
      const down = cofferdam(root, ['down', '--all']);
      main.remove();
      rmSync(parent, { recursive: true, force: true });
      if (down.code !== 0) throw new Error(down.stderr);
    },
  };
  if (isolation === 'clone') tree.git('switch', '--quiet', '--create', name);
  tree.git('config', 'user.name', 'Test');
  tree.git('config', 'user.email', 'test@example.invalid');
  cpSync(join(main.root, '.devcontainer'), join(root, '.devcontainer'), { recursive: true });
  for (const folder of [main.root, root]) mkdirSync(join(folder, '.devcontainer/state'), { recursive: true });
  describeTree(tree, isolation, name);
  const sync = cofferdam(root, ['sync']);
  if (sync.code !== 0) throw new Error(sync.stderr);
  return tree;
}

/** Writes both sides' files about a worktree. */
function describeTree({ main, root, write, read }: Tree, isolation: 'clone' | 'shared', name: string): void {
  const common = join(main.root, '.git');
  const own = isolation === 'shared' ? `GIT_OWN=${read('.git').replace('gitdir: ', '')}` : '';
  write(
    '.devcontainer/state/worktree',
    `ISOLATION=${isolation}\nNAME=${name}\nMAIN=${main.root}\nGIT_COMMON=${common}\n${own}`,
  );
  main.write(`.devcontainer/state/worktrees/${name}`, `NAME=${name}\nPATH=${root}\n`);
}

/** Id of the running agent's container of a worktree. */
export const agentOf = (tree: Tree): string =>
  docker(
    'ps',
    '--quiet',
    '--filter',
    `label=dev.cofferdam.project=${/^COFFERDAM_PROJECT=(.+)$/m.exec(tree.read('.devcontainer/.env'))?.[1]}`,
    '--filter',
    'label=dev.cofferdam.role=agent',
  );

/** The name of git's own folder for a linked worktree. */
export const entryOf = (tree: Tree): string => basename(tree.read('.git').trim());
