import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe([{ path: '.git/hooks', leaf: 'post-checkout' }]),
  id: 'git-hooks',
  title: 'Hooks that git on the host runs cannot be planted',
  attacks: ['TAM-07', 'RUN-10', 'RUN-11'],
  why: 'The next checkout or commit of the user runs them, and git status shows nothing.',
  leaves: 'Hooks of tools that live in other folders of the workspace.',
});
