import { defineEndpoint } from '../endpoint.ts';
import { absentContainer, control } from '../resolve.ts';
import { SIGNAL } from '../sandbox/container.ts';
import { checkStart } from '../sandbox/judge.ts';
import { wrongRepeat } from '../sandbox/read.ts';

const query = { t: /^\d{1,3}$/, signal: SIGNAL };

export default defineEndpoint({
  id: 'ContainerRestart',
  method: 'POST',
  path: '/containers/{id}/restart',
  levels: ['sandboxed'],
  section: 'CONTAINERS',
  control: 'restart',
  why: 'Containers that the client made; it starts them, so they are looked at as before a start.',
  needs: ['containers', 'networks'],
  query,
  body: { max: 256 },
  check: checkStart,
  reply: { kind: 'empty' },
  absent: absentContainer,
  decide: (asked, scope) => wrongRepeat(asked, query) ?? control(scope, asked.params.id, 'restart', asked.query),
});
