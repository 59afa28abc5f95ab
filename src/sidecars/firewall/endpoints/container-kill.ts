import { defineEndpoint, refuse } from '../endpoint.ts';
import { absentContainer, control } from '../resolve.ts';
import { SIGNAL } from '../sandbox/container.ts';
import { wrongRepeat } from '../sandbox/read.ts';

const query = { signal: SIGNAL };

/** In the engine's own words, as everywhere. */
const absent = ({ params }: { readonly params: { readonly id: string } }): string =>
  `cannot kill container: ${params.id}: ${absentContainer({ params })}`;

export default defineEndpoint({
  id: 'ContainerKill',
  method: 'POST',
  path: '/containers/{id}/kill',
  levels: ['sandboxed'],
  section: 'CONTAINERS',
  control: 'kill',
  why: 'Containers that the client made.',
  needs: ['containers'],
  query,
  body: { max: 256 },
  reply: { kind: 'empty' },
  absent,
  decide(asked, scope) {
    const decision = wrongRepeat(asked, query) ?? control(scope, asked.params.id, 'kill', asked.query);
    return !decision.allow && decision.status === 404 ? refuse(404, decision.code, absent(asked)) : decision;
  },
});
