import { resolveFrom, within } from '../model/files.ts';
import { covers } from '../model/mount.ts';
import { writable } from '../model/protection.ts';
import { protectedPaths } from '../policy/layout.ts';
import { defineRule } from './rule.ts';

/** Named first, because everybody has them. */
const BEST_KNOWN = ['.git/hooks', '.git/config', '.vscode'];

/** What programs on the host run from a workspace: the same list that the generated box protects. */
const HOST_EXECUTED = protectedPaths({ readOnly: [] }, { git: 'directory' })
  .filter(({ access }) => access === 'read-only')
  .map(({ path }) => path)
  .sort((a, b) => Number(BEST_KNOWN.includes(b)) - Number(BEST_KNOWN.includes(a)));

export default defineRule({
  id: 'writable-host-files',
  title: 'The agent can plant files that the host runs',
  severity: 'high',
  persona: 'regular',
  attacks: [
    'TAM-04',
    'TAM-05',
    'TAM-06',
    'TAM-07',
    'TAM-08',
    'TAM-09',
    'TAM-10',
    'TAM-11',
    'TAM-14',
    'TAM-16',
    'RUN-11',
  ],
  why: `Git runs hooks and programs that its configuration names, editors run tasks, agents on the host run hooks and MCP servers: from
the same folder that the container writes. One \`git status\` in it is enough.`,
  remedy:
    'Mount them read-only over the workspace, with .git as a mount point of its own, also those that do not exist yet. `cofferdam init` does.',
  references: [
    'https://git-scm.com/docs/git-config',
    'https://code.visualstudio.com/docs/editing/workspaces/workspace-trust',
  ],
  bad: [
    {
      title: 'a workspace mounted as usual',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        '.devcontainer/compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes:\n      - «..:/app»\n',
      },
    },
    {
      title: 'hooks protected, their parent not',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes:\n      - «..:/app»\n      - ../.git/hooks:/app/.git/hooks:ro\n      - ../.git/config:/app/.git/config:ro\n      - ../.vscode:/app/.vscode:ro\n',
      },
    },
  ],
  good: [
    {
      title: 'a read-only workspace',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "workspaceMount": "type=bind,source=${localWorkspaceFolder},target=/w,readonly" }',
      },
    },
    {
      title: 'a clone in a volume',
      files: { 'devcontainer.json': '{ "image": "debian", "workspaceMount": "type=volume,source=clone,target=/w" }' },
    },
  ],
  *check({ configurations }) {
    for (const { root, files, containers } of configurations) {
      for (const container of containers) {
        if (container.role !== 'agent') continue;
        const mount = container.mounts.find(({ value }) => !value.readOnly && covers(value, root));
        if (!mount) continue;
        const open = HOST_EXECUTED.filter((path) => {
          const inRoot = resolveFrom(root === '.' ? '' : root, path);
          // The configuration's own folder is judged by writable-own-config.
          return !files.some((file) => within(file, inRoot)) && writable(container, inRoot) !== undefined;
        });
        const shown = open.slice(0, 4).join(', ');
        const more = open.length > 4 ? ` and ${open.length - 4} more` : '';
        if (open.length > 0)
          yield { at: mount.span, confidence: 'high', message: `${container.name} writes ${shown}${more}` };
      }
    }
  },
});
