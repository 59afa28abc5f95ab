import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe(
    [
      { path: '.git/modules', leaf: 'canary' },
      { path: '.git/worktrees', leaf: 'canary' },
      { path: '.git/info', leaf: 'attributes' },
      { path: '.git/remotes', leaf: 'canary' },
      { path: '.git/branches', leaf: 'canary' },
    ],
    {
      worktree: [
        { path: 'commondir', own: true },
        { path: 'gitdir', own: true },
        { path: 'config.worktree', own: true },
        { path: 'locked', own: true },
        { path: 'modules', own: true, leaf: 'canary' },
        { path: '.git/worktrees/neighbour', leaf: 'gitdir' },
        { path: '.git/worktrees/neighbour', leaf: 'HEAD' },
      ],
      borrowed: [{ path: '.git/objects/info/alternates' }, { path: '.git/objects', main: true, leaf: 'canary' }],
    },
  ),
  id: 'git-metadata',
  title: 'Metadata of submodules, worktrees and remotes cannot be changed',
  attacks: ['TAM-11', 'TAM-12'],
  why: 'Each submodule and each linked worktree has a configuration and hooks of its own below .git; attributes and old-style remotes are followed as well.',
  leaves: 'The index, objects and references are the agent’s to write: it commits.',
});
