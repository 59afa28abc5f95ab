import { defineEndpoint, send } from '../endpoint.ts';
import { absentContainer, toClientContainer } from '../resolve.ts';
import { execBody } from '../sandbox/exec.ts';
import { checkContainer } from '../sandbox/judge.ts';
import { readBody } from '../sandbox/read.ts';
import { fields, text } from '../shape.ts';

const shape = fields({ Id: text });

export default defineEndpoint({
  id: 'ContainerExec',
  method: 'POST',
  path: '/containers/{id}/exec',
  levels: ['sandboxed'],
  section: 'EXEC',
  why: 'Commands in containers that the client made, with no more rights than those have.',
  needs: ['containers', 'networks'],
  query: {},
  body: { max: 256 * 1024 },
  check: checkContainer,
  reply: { kind: 'json', rebuild: (answer) => shape(answer) ?? undefined },
  absent: absentContainer,
  decide: ({ params, body }, scope) =>
    toClientContainer(scope, params.id, ({ id }) => {
      const built = readBody(body, execBody);
      return 'allow' in built ? built : send(`/containers/${id}/exec`, {}, JSON.stringify(built));
    }),
});
