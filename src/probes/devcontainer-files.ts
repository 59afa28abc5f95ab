import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe([
    { path: '.devcontainer', leaf: 'devcontainer.json' },
    { path: '.devcontainer/devcontainer.json' },
    { path: '.devcontainer/docker-compose.yml' },
    { path: '.devcontainer', leaf: '.env' },
  ]),
  id: 'devcontainer-files',
  title: 'The files that make the box cannot be changed from inside',
  attacks: ['TAM-01', 'TAM-02', 'TAM-03', 'RUN-10'],
  why: 'initializeCommand runs on the host; one more line in the compose file mounts its root at the next start.',
  leaves: 'What the user does to these files on the host.',
});
