import { defineEndpoint, send } from '../endpoint.ts';
import { absentContainer, toClientContainer } from '../resolve.ts';
import { checkContainer } from '../sandbox/judge.ts';
import { wrongRepeat } from '../sandbox/read.ts';

const flag = /^(?:0|1|true|false)$/i;

const query = {
  stream: flag,
  stdin: flag,
  stdout: flag,
  stderr: flag,
  logs: flag,
  detachKeys: /^(?:[a-zA-Z]|ctrl-[a-z@[\\\]^_])?(?:,(?:[a-zA-Z]|ctrl-[a-z@[\\\]^_])){0,4}$/,
};

export default defineEndpoint({
  id: 'ContainerAttach',
  method: 'POST',
  path: '/containers/{id}/attach',
  levels: ['sandboxed'],
  section: 'CONTAINERS',
  why: '`docker run` shows what the container prints and types into it; only one that the client made.',
  needs: ['containers', 'networks'],
  query,
  body: { max: 1024 },
  check: checkContainer,
  reply: { kind: 'hijack' },
  absent: absentContainer,
  decide: (asked, scope) =>
    wrongRepeat(asked, query) ??
    toClientContainer(scope, asked.params.id, ({ id }) => send(`/containers/${id}/attach`, asked.query)),
});
