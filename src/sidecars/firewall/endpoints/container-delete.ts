import { defineEndpoint, send } from '../endpoint.ts';
import { absentContainer, toClientContainer } from '../resolve.ts';

const flag = /^(?:0|1|true|false)$/i;

export default defineEndpoint({
  id: 'ContainerDelete',
  method: 'DELETE',
  path: '/containers/{id}',
  levels: ['sandboxed'],
  section: 'CONTAINERS',
  why: 'Containers that the client made.',
  needs: ['containers'],
  query: { v: flag, force: flag },
  reply: { kind: 'empty' },
  absent: absentContainer,
  decide: ({ params, query: { force } }, scope) =>
    // With the volumes that have no name: afterwards nobody here could remove them.
    toClientContainer(scope, params.id, ({ id }) =>
      send(`/containers/${id}`, { v: '1', ...(force === undefined ? {} : { force }) }),
    ),
});
