import { resolveFrom } from '../model/files.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'git-directory-mount',
  title: 'Another checkout’s .git is writable',
  severity: 'high',
  persona: 'regular',
  attacks: ['TAM-12', 'TAM-07', 'TAM-08'],
  why: `A worktree needs the main repository’s .git, and with it the agent gets the hooks and the configuration that git runs on the host in
the main checkout and in every worktree, and the branches of all others.`,
  remedy:
    'Mount its hooks, config, modules and worktrees read-only over it, each folder between being a mount of its own, or give the agent a clone.',
  references: ['https://git-scm.com/docs/git-worktree#_details'],
  bad: [
    {
      title: 'for worktrees',
      files: {
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes:\n      - ..:/app\n      - «${GIT_MAIN_REPO_PATH}/.git:${GIT_MAIN_REPO_PATH}/.git»\n',
      },
    },
    {
      title: 'a neighbour’s',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "mounts": [«"type=bind,source=${localWorkspaceFolder}/../main/.git,target=/main/.git"»] }',
      },
    },
  ],
  good: [
    {
      title: 'read-only, and the workspace’s own',
      files: {
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: ["..:/app", "../.git:/app/.git", "${MAIN}/.git:${MAIN}/.git:ro"]\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const { root, containers } of configurations) {
      for (const { name, role, mounts } of containers) {
        if (role !== 'agent') continue;
        const points = new Set(mounts.filter(({ value }) => value.readOnly).map(({ value }) => value.target));
        for (const { value: mount, span } of mounts) {
          if (mount.type !== 'bind' || mount.readOnly || !/(?:^|\/)\.git$/.test(mount.source)) continue;
          if (mount.source === resolveFrom(root, '.git')) continue;
          if (['hooks', 'config'].every((part) => points.has(`${mount.target}/${part}`))) continue;
          yield { at: span, confidence: 'high', message: `${name} writes hooks and settings of ${mount.source}` };
        }
      }
    }
  },
});
