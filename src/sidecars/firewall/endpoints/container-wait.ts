import { defineEndpoint, send } from '../endpoint.ts';
import { message } from '../redact.ts';
import { absentContainer, toClientContainer } from '../resolve.ts';
import { wrongRepeat } from '../sandbox/read.ts';
import { fields, number } from '../shape.ts';

const query = { condition: /^(?:not-running|next-exit|removed)?$/ };
const shape = fields({ StatusCode: number, Error: fields({ Message: message }) });

export default defineEndpoint({
  id: 'ContainerWait',
  method: 'POST',
  path: '/containers/{id}/wait',
  levels: ['sandboxed'],
  section: 'CONTAINERS',
  why: '`docker run` learns from it how the container ended.',
  needs: ['containers'],
  query,
  body: { max: 256 },
  // The head comes at once and the line when the container ends.
  reply: { kind: 'lines', rebuild: (answer) => shape(answer) ?? undefined },
  absent: absentContainer,
  decide: (asked, scope) =>
    wrongRepeat(asked, query) ??
    toClientContainer(scope, asked.params.id, ({ id }) => send(`/containers/${id}/wait`, asked.query)),
});
