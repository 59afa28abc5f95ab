import { defineEndpoint, refuse, send } from '../endpoint.ts';
import { NO_SANDBOX } from '../resolve.ts';
import { createBody, imageOf } from '../sandbox/container.ts';
import { NAME, storedName } from '../sandbox/names.ts';
import { readBody } from '../sandbox/read.ts';
import { freshName } from '../sandbox/volumes.ts';
import { fields, text } from '../shape.ts';

// The engine's warnings are about the host.
const shape = fields({ Id: text });

export default defineEndpoint({
  id: 'ContainerCreate',
  method: 'POST',
  path: '/containers/create',
  levels: ['sandboxed'],
  section: 'CONTAINERS',
  why: 'Containers that the client makes, from images that the settings name, without the host’s files, devices or namespaces.',
  needs: ['containers', 'networks', 'volumes', 'images'],
  query: { name: NAME, platform: /^linux(?:\/[a-z0-9]{1,16}){0,2}$/ },
  body: { max: 256 * 1024 },
  reply: { kind: 'json', rebuild: (answer) => ({ ...Object(shape(answer)), Warnings: [] }) },
  absent: ({ body }) => `No such image: ${imageOf(body)}`,
  decide({ query, body }, scope) {
    const { sandbox } = scope.rules;
    if (sandbox === undefined) return NO_SANDBOX;
    const name = query['name'] ?? freshName();
    if (scope.containers.some(({ names }) => names.includes(name))) {
      return refuse(409, 'taken', `Conflict. The container name "/${name}" is already in use.`);
    }
    const built = readBody(body, createBody(sandbox, scope, name));
    if ('allow' in built) return built;
    const { platform } = query;
    return send(
      '/containers/create',
      { name: storedName(sandbox, name), ...(platform === undefined ? {} : { platform }) },
      JSON.stringify(built),
    );
  },
});
