import { defineEndpoint, send } from '../endpoint.ts';
import { NO_SANDBOX } from '../resolve.ts';
import { networkBody } from '../sandbox/networks.ts';
import { readBody } from '../sandbox/read.ts';
import { fields, text } from '../shape.ts';

const shape = fields({ Id: text });

export default defineEndpoint({
  id: 'NetworkCreate',
  method: 'POST',
  path: '/networks/create',
  levels: ['sandboxed'],
  section: 'NETWORKS',
  why: 'Bridges between containers that the client makes, without options of a driver.',
  needs: ['containers', 'networks'],
  query: {},
  body: { max: 64 * 1024 },
  reply: { kind: 'json', rebuild: (answer) => ({ ...Object(shape(answer)), Warning: '' }) },
  decide({ body }, scope) {
    const { sandbox } = scope.rules;
    if (sandbox === undefined) return NO_SANDBOX;
    const built = readBody(body, networkBody(sandbox, scope));
    return 'allow' in built ? built : send('/networks/create', {}, JSON.stringify(built));
  },
});
