// docs/editor.md: what the editor is kept from running, from src/policy/editor-settings.ts. Called by generate-docs.mjs.
import { page, table, wrap } from './markdown.mjs';

const link = (id) => `[${id}](attacks.md#${id.toLowerCase()})`;
const code = (value) => `\`${JSON.stringify(value)}\``;
const boxes = ({ topology, ipc } = {}) =>
  [topology && `\`topology: ${topology}\``, ipc && `\`ipc: ${ipc}\``].filter(Boolean).join(', ') || 'all';

export function editorPage({ MACHINE_SETTINGS, USER_SETTINGS, AGENT_EXTENSIONS }, EDITOR_GIT) {
  return page(
    'What the editor runs for the agent',
    wrap(
      'An editor executes files of the workspace: tasks, language servers, linters, test runners, hooks. Whoever writes the workspace writes them. These settings close what opens by itself; what you start yourself stays, and so does what extensions do: `cofferdam explain --risks`.',
    ),
    '## Set in `devcontainer.json`',
    wrap(
      'They become machine settings of the editor’s server, where VS Code does not honour settings of the scope `application` (measured with VS Code 1.139, as were the other scopes: each key was set, and an extension asked for the value in effect). A workspace’s `.vscode/settings.json`, which the agent cannot write, wins over `window` and `resource`; that is also the place for an exception of yours. VS Code copies them when it first connects; after a change, rebuild the container.',
    ),
    table(
      ['Setting', 'Value', 'Scope', 'Box', 'Why', 'Attack'],
      MACHINE_SETTINGS.map(({ key, value, scope, only, why, attack }) => [
        `\`${key}\``,
        code(value),
        scope,
        boxes(only),
        why,
        link(attack),
      ]),
    ),
    '## In your own settings',
    wrap(
      'A repository cannot set these: VS Code takes the scope `application` from the user’s settings alone, and the Dev Containers extension reads its own (`desktop`) on the host, before there is a container. `cofferdam doctor` looks into the settings of VS Code, Insiders, VSCodium, Cursor and Windsurf, and prints the line to add. The box does not rely on them: its git and Docker configuration belong to root.',
    ),
    table(
      ['Setting', 'Value', 'Scope', 'Without it', 'Otherwise the editor', 'Attack'],
      USER_SETTINGS.map(({ key, value, scope, absent, why, attack }) => [
        `\`${key}\``,
        code(value),
        scope,
        absent,
        why,
        link(attack),
      ]),
    ),
    '## Git in the editor’s container',
    wrap(
      'In `topology: split` the editor runs git in its own container. Variables (`GIT_CONFIG_COUNT`) set what follows there, because they count more than a repository’s own configuration and what that includes; root’s system configuration counts less. They are for repositories that the agent nests, and for hooks. The price: a commit from the source control view runs no hooks; one in the agent’s terminal does. Changes of submodules are not listed.',
    ),
    table(
      ['Setting', 'Value', 'Otherwise'],
      EDITOR_GIT.map(({ key, value, why }) => [`\`${key}\``, value === '' ? 'empty' : `\`${value}\``, why]),
    ),
    wrap(
      'What a repository names itself cannot be closed by name: filter, diff and merge drivers, the program at the other end of a remote, and `diff.external`, which has no value for none. The editor does not run git in nested repositories by itself (`git.autoRepositoryDetection`); an extension may. Nor can `exec` lines of a rebase: `.git/rebase-merge` of the workspace is the agent’s to write, and VS Code goes on with a rebase that is open when you commit in its view. Commit there only when `git status` names no rebase. `GIT_PROXY_COMMAND` is empty, because `core.gitProxy` takes the first value that it finds, and a repository’s comes first.',
    ),
    '## Agents as extensions',
    wrap(
      'In `topology: split` an agent that is an extension would work in the editor’s container, outside the box. `devcontainer.json` takes those below off the list of what is installed, as VS Code’s schema of that file describes; the desktop’s part of that could not be tested here. It does not help against what you install by hand there, nor against Copilot Chat, which comes with VS Code: for that one, agent mode is off. `extensions.allowed` would forbid them all, but has the scope `application`: only your own settings can say it, for every folder. `remote.extensionKind` only chooses between the container and the host, where an agent belongs even less.',
    ),
    AGENT_EXTENSIONS.map((id) => `\`${id}\``).join(', '),
  );
}
