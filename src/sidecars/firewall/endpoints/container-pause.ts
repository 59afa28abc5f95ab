import { defineEndpoint } from '../endpoint.ts';
import { absentContainer, control } from '../resolve.ts';

export default defineEndpoint({
  id: 'ContainerPause',
  method: 'POST',
  path: '/containers/{id}/pause',
  levels: ['sandboxed'],
  section: 'CONTAINERS',
  control: 'pause',
  why: 'Containers that the client made.',
  needs: ['containers'],
  query: {},
  reply: { kind: 'empty' },
  absent: absentContainer,
  decide: ({ params }, scope) => control(scope, params.id, 'pause', {}),
});
