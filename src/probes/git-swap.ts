import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe([{ path: '.git', leaf: 'canary', replaceOnly: true }]),
  id: 'git-swap',
  title: 'The folder .git cannot be replaced',
  attacks: ['TAM-10', 'RUN-10'],
  why: 'A read-only mount below a folder that is no mount point falls to renaming that folder; measured, without any capability.',
  leaves: 'Contents of .git outside of what other probes name: refs, index and objects belong to the agent.',
});
