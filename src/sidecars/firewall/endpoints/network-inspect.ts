import { defineEndpoint } from '../endpoint.ts';
import { network } from '../redact.ts';
import { absentNetwork, sendToNetwork } from '../resolve.ts';

export default defineEndpoint({
  id: 'NetworkInspect',
  method: 'GET',
  path: '/networks/{id*}',
  levels: ['read', 'sandboxed'],
  section: 'NETWORKS',
  why: 'Addresses of the project’s own containers on a network.',
  needs: ['containers', 'networks'],
  query: { verbose: /^(?:0|false)$/i, scope: /^(?:local)?$/ },
  reply: { kind: 'json', rebuild: (answer, scope) => network(scope)(answer) ?? undefined },
  absent: absentNetwork,
  decide: ({ params }, scope) => sendToNetwork(scope, params.id, {}),
});
