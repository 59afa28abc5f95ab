import { defineEndpoint } from '../endpoint.ts';
import { volume } from '../redact.ts';
import { absentVolume, sendToVolume } from '../resolve.ts';

export default defineEndpoint({
  id: 'VolumeInspect',
  method: 'GET',
  path: '/volumes/{name*}',
  levels: ['read', 'sandboxed'],
  section: 'VOLUMES',
  why: 'When a volume of the project was made, and by which driver.',
  needs: ['containers', 'volumes'],
  query: {},
  reply: { kind: 'json', rebuild: (answer, { rules }) => volume(rules)(answer) ?? undefined },
  absent: absentVolume,
  decide: ({ params }, scope) => sendToVolume(scope, params.name),
});
