import { defineEndpoint, send } from '../endpoint.ts';
import { absentVolume, toClientVolume } from '../resolve.ts';

export default defineEndpoint({
  id: 'VolumeDelete',
  method: 'DELETE',
  path: '/volumes/{name}',
  levels: ['sandboxed'],
  section: 'VOLUMES',
  why: 'Volumes that the client made.',
  needs: ['containers', 'volumes'],
  query: { force: /^(?:0|1|true|false)$/i },
  reply: { kind: 'empty' },
  absent: absentVolume,
  decide: ({ params, query }, scope) =>
    toClientVolume(scope, params.name, (stored) => send(`/volumes/${stored}`, query)),
});
