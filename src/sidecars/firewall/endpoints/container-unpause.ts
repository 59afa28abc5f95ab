import { defineEndpoint } from '../endpoint.ts';
import { absentContainer, control } from '../resolve.ts';

export default defineEndpoint({
  id: 'ContainerUnpause',
  method: 'POST',
  path: '/containers/{id}/unpause',
  levels: ['sandboxed'],
  section: 'CONTAINERS',
  control: 'unpause',
  why: 'Containers that the client made.',
  needs: ['containers'],
  query: {},
  reply: { kind: 'empty' },
  absent: absentContainer,
  decide: ({ params }, scope) => control(scope, params.id, 'unpause', {}),
});
