import { runAttached } from '../host/run.ts';
import { LAYOUT } from '../policy/layout.ts';
import { agentContainer } from './containers.ts';
import { findProject, insideBox } from './project.ts';

/** Runs a program in the agent's container, in the folder that the caller is in; gives its exit status. */
export async function exec(cwd: string, argv: readonly string[]): Promise<number> {
  const { root, name } = findProject(cwd);
  const { id } = await agentContainer(name);
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  const term = process.env['TERM'];
  return runAttached([
    'docker',
    'exec',
    '--interactive',
    ...(terminal ? ['--tty'] : []),
    ...(terminal && term ? ['--env', `TERM=${term}`] : []),
    '--workdir',
    insideBox(root, cwd, LAYOUT.workspace),
    id,
    // Clears the editor's variables, which a direct exec would keep.
    `${LAYOUT.etc}/enter`,
    ...argv,
  ]);
}
