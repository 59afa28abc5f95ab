import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe([{ path: '.git/commondir' }]),
  id: 'git-commondir',
  title: 'git on the host cannot be sent to another configuration',
  attacks: ['TAM-09', 'RUN-10'],
  why: 'One line in .git/commondir makes git read configuration and hooks from a folder that the agent owns.',
  leaves: 'A crafted index or object; git does not defend against a hostile repository in every respect.',
});
