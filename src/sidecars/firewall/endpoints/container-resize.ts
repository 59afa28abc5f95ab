import { defineEndpoint, send } from '../endpoint.ts';
import { absentContainer, toClientContainer } from '../resolve.ts';
import { wrongRepeat } from '../sandbox/read.ts';

const query = { h: /^\d{1,4}$/, w: /^\d{1,4}$/ };

export default defineEndpoint({
  id: 'ContainerResize',
  method: 'POST',
  path: '/containers/{id}/resize',
  levels: ['sandboxed'],
  section: 'CONTAINERS',
  why: 'The size of the terminal of a container that the client made.',
  needs: ['containers'],
  query,
  body: { max: 256 },
  reply: { kind: 'empty' },
  absent: absentContainer,
  decide: (asked, scope) =>
    wrongRepeat(asked, query) ??
    toClientContainer(scope, asked.params.id, ({ id }) => send(`/containers/${id}/resize`, asked.query)),
});
