import { defineEndpoint } from '../endpoint.ts';
import { absentContainer, sendToOwnContainer } from '../resolve.ts';

export default defineEndpoint({
  id: 'ContainerExport',
  method: 'GET',
  path: '/containers/{id}/export',
  levels: [],
  section: 'CONTAINERS',
  extra: 'export',
  why: 'Only where a variable of ours says so: it reads every file of a container.',
  needs: ['containers'],
  query: {},
  reply: { kind: 'bytes' },
  absent: absentContainer,
  decide: ({ params }, scope) => sendToOwnContainer(scope, params.id, 'export', {}),
});
