import { defineEndpoint, send } from '../endpoint.ts';
import { absentNetwork, toClientNetwork } from '../resolve.ts';

export default defineEndpoint({
  id: 'NetworkDelete',
  method: 'DELETE',
  path: '/networks/{id}',
  levels: ['sandboxed'],
  section: 'NETWORKS',
  why: 'Networks that the client made.',
  needs: ['containers', 'networks'],
  query: {},
  reply: { kind: 'empty' },
  absent: absentNetwork,
  decide: ({ params }, scope) => toClientNetwork(scope, params.id, (id) => send(`/networks/${id}`)),
});
