import { defineEndpoint, send } from '../endpoint.ts';
import { volume } from '../redact.ts';
import { NO_SANDBOX } from '../resolve.ts';
import { readBody } from '../sandbox/read.ts';
import { volumeBody } from '../sandbox/volumes.ts';

export default defineEndpoint({
  id: 'VolumeCreate',
  method: 'POST',
  path: '/volumes/create',
  levels: ['sandboxed'],
  section: 'VOLUMES',
  why: 'Volumes for containers that the client makes, without options of a driver.',
  needs: ['containers', 'volumes'],
  query: {},
  body: { max: 64 * 1024 },
  reply: { kind: 'json', rebuild: (answer, { rules }) => volume(rules)(answer) ?? undefined },
  decide({ body }, scope) {
    const { sandbox } = scope.rules;
    if (sandbox === undefined) return NO_SANDBOX;
    const built = readBody(body, volumeBody(sandbox, scope));
    return 'allow' in built ? built : send('/volumes/create', {}, JSON.stringify(built));
  },
});
