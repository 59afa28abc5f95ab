import { resolveFrom } from '../model/files.ts';
import { writable } from '../model/protection.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'implied-workspace-mount',
  title: 'git decides which folder is mounted',
  severity: 'medium',
  persona: 'pedantic',
  attacks: ['RUN-09'],
  why: `Without \`workspaceMount\` the devcontainer CLI asks git on the host where the repository begins, and mounts that folder. The agent
writes \`core.worktree = ../..\` into .git/config, and the next container has the folder above.`,
  remedy: 'Write `workspaceMount` and `workspaceFolder`, or mount .git/config read-only.',
  references: ['https://github.com/devcontainers/cli/blob/main/src/spec-common/git.ts'],
  bad: [{ title: 'as it is by default', files: { 'devcontainer.json': '{ «"image"»: "debian" }' } }],
  good: [
    {
      title: 'written out',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "workspaceMount": "type=bind,source=${localWorkspaceFolder},target=/w", "workspaceFolder": "/w" }',
      },
    },
    {
      title: 'compose says it',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "c.yaml", "service": "dev" }',
        '.devcontainer/c.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["..:/app"]\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const { kind, root, containers } of configurations) {
      for (const agent of containers) {
        if (kind !== 'devcontainer' || agent.role !== 'agent') continue;
        // The mount that tools make by themselves has no text of its own: it points at where the container is declared.
        const implied = agent.mounts.some(
          ({ value, span }) => value.source === root && span.start === agent.at.start && span.file === agent.at.file,
        );
        if (implied && writable(agent, resolveFrom(root, '.git/config')))
          yield {
            at: agent.at,
            confidence: 'medium',
            message: `${agent.name}: core.worktree in .git/config moves the mount`,
          };
      }
    }
  },
});
