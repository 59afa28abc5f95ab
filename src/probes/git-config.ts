import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe([{ path: '.git/config' }, { path: '.git/config.worktree' }]),
  id: 'git-config',
  title: 'The repository’s git configuration cannot be changed',
  attacks: ['TAM-08', 'RUN-09', 'RUN-10'],
  why: 'core.fsmonitor and a dozen other keys name programs that git on the host runs at a plain git status.',
  leaves: 'Attributes that the user’s own configuration turns into programs.',
});
