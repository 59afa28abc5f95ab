import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe([{ path: '.envrc' }]),
  id: 'shell-files',
  title: 'Files that a shell on the host runs by itself cannot be planted',
  attacks: ['TAM-14', 'RUN-11'],
  why: 'direnv runs .envrc when the user enters the folder.',
  leaves: 'Other files that an allowed .envrc reads.',
});
