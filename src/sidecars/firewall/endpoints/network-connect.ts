import { defineEndpoint, send } from '../endpoint.ts';
import { absentNetwork, toClientContainer, toClientNetwork } from '../resolve.ts';
import { connectBody } from '../sandbox/networks.ts';
import { readBody } from '../sandbox/read.ts';

export default defineEndpoint({
  id: 'NetworkConnect',
  method: 'POST',
  path: '/networks/{id}/connect',
  levels: ['sandboxed'],
  section: 'NETWORKS',
  why: 'A container and a network, both made by the client.',
  needs: ['containers', 'networks'],
  query: {},
  body: { max: 16 * 1024 },
  reply: { kind: 'empty' },
  absent: absentNetwork,
  decide: ({ params, body }, scope) =>
    toClientNetwork(scope, params.id, (network) => {
      const asked = readBody(body, connectBody);
      if ('allow' in asked) return asked;
      return toClientContainer(scope, asked.container, ({ id, names }) => {
        const aliases = [...new Set([...names, ...asked.aliases])];
        const built = { Container: id, EndpointConfig: { Aliases: aliases } };
        return send(`/networks/${network}/connect`, {}, JSON.stringify(built));
      });
    }),
});
