import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe([{ path: '.husky', leaf: 'post-checkout' }]),
  id: 'hook-folders',
  title: 'Hooks under version control cannot be changed',
  attacks: ['TAM-07', 'TAM-13'],
  why: 'core.hooksPath often points to .husky; those files look like any other change.',
  leaves: 'Package scripts, Makefiles and the like (TAM-13): run them in the box.',
});
