import { defineEndpoint, send } from '../endpoint.ts';
import { absentNetwork, toClientContainer, toClientNetwork } from '../resolve.ts';
import { disconnectBody } from '../sandbox/networks.ts';
import { readBody } from '../sandbox/read.ts';

export default defineEndpoint({
  id: 'NetworkDisconnect',
  method: 'POST',
  path: '/networks/{id}/disconnect',
  levels: ['sandboxed'],
  section: 'NETWORKS',
  why: 'A container and a network, both made by the client.',
  needs: ['containers', 'networks'],
  query: {},
  body: { max: 4096 },
  reply: { kind: 'empty' },
  absent: absentNetwork,
  decide: ({ params, body }, scope) =>
    toClientNetwork(scope, params.id, (network) => {
      const asked = readBody(body, disconnectBody);
      if ('allow' in asked) return asked;
      return toClientContainer(scope, asked.container, ({ id }) =>
        send(`/networks/${network}/disconnect`, {}, JSON.stringify({ Container: id, Force: asked.force })),
      );
    }),
});
