import { isAbove } from '../model/mount.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'parent-mount',
  title: 'The folder above the repository is mounted',
  severity: 'medium',
  persona: 'regular',
  attacks: ['RUN-07'],
  why: `What lies beside the repository comes with it: other projects, their keys in \`.env\` files, their git hooks. What the agent
writes there runs when somebody works on them.`,
  remedy:
    'Mount the repository alone: `..:/workspaces/NAME` from `.devcontainer`, and `workspaceFolder: /workspaces/NAME`.',
  references: ['https://containers.dev/implementors/json_reference/#compose-specific-properties'],
  bad: [
    {
      title: 'as templates write it',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes:\n      - «../..:/workspaces:cached»\n',
      },
    },
    {
      title: 'only to be read',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: [«"..:/workspaces:ro"»]\n' },
    },
  ],
  good: [
    {
      title: 'the repository, from the folder of its configuration',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        '.devcontainer/compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["..:/workspaces/it"]\n',
      },
    },
    {
      title: 'one folder beside it',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["../shared:/shared:ro"]\n' },
    },
  ],
  *check({ containers }) {
    for (const { name, mounts } of containers) {
      for (const { value: mount, span } of mounts) {
        if (mount.type !== 'bind' || !isAbove(mount.source)) continue;
        // No fix: the workspace itself comes with it.
        yield {
          at: span,
          confidence: 'high',
          severity: mount.readOnly ? 'low' : 'medium',
          message: `${name} ${mount.readOnly ? 'reads' : 'reads and writes'} the folder above the repository, and with it its neighbours`,
        };
      }
    }
  },
});
