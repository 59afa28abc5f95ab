import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe([
    { path: '.git/modules', leaf: 'canary' },
    { path: '.git/worktrees', leaf: 'canary' },
  ]),
  id: 'git-metadata',
  title: 'Metadata of submodules and worktrees cannot be changed',
  attacks: ['TAM-11', 'TAM-12'],
  why: 'Each submodule and each linked worktree has a configuration and hooks of its own below .git.',
  leaves: 'Submodules cannot be added from inside; .gitmodules is an ordinary file.',
});
