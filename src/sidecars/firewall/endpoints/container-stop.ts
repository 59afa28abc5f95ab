import { defineEndpoint } from '../endpoint.ts';
import { absentContainer, control } from '../resolve.ts';
import { SIGNAL } from '../sandbox/container.ts';
import { wrongRepeat } from '../sandbox/read.ts';

const query = { t: /^\d{1,3}$/, signal: SIGNAL };

export default defineEndpoint({
  id: 'ContainerStop',
  method: 'POST',
  path: '/containers/{id}/stop',
  levels: ['sandboxed'],
  section: 'CONTAINERS',
  control: 'stop',
  why: 'Containers that the client made.',
  needs: ['containers'],
  query,
  body: { max: 256 },
  reply: { kind: 'empty' },
  absent: absentContainer,
  decide: (asked, scope) => wrongRepeat(asked, query) ?? control(scope, asked.params.id, 'stop', asked.query),
});
