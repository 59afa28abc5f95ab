import { defineEndpoint } from '../endpoint.ts';
import { absentContainer, control } from '../resolve.ts';
import { checkStart } from '../sandbox/judge.ts';

export default defineEndpoint({
  id: 'ContainerStart',
  method: 'POST',
  path: '/containers/{id}/start',
  levels: ['sandboxed'],
  section: 'CONTAINERS',
  control: 'start',
  why: 'Containers that the client made, after another look at what the engine made of them.',
  needs: ['containers', 'networks'],
  query: {},
  check: checkStart,
  reply: { kind: 'empty' },
  absent: absentContainer,
  decide: ({ params }, scope) => control(scope, params.id, 'start', {}),
});
