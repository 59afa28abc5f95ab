import { defineEndpoint, send } from '../endpoint.ts';
import { execStartBody } from '../sandbox/exec.ts';
import { absentExec, checkExec } from '../sandbox/judge.ts';
import { readBody } from '../sandbox/read.ts';

export default defineEndpoint({
  id: 'ExecStart',
  method: 'POST',
  path: '/exec/{id}/start',
  levels: ['sandboxed'],
  section: 'EXEC',
  why: 'Runs a command that was made for a container of the client’s.',
  needs: ['containers'],
  query: {},
  body: { max: 4096 },
  check: checkExec,
  reply: { kind: 'hijack' },
  absent: absentExec,
  decide({ params, body }) {
    const built = readBody(body, execStartBody);
    return 'allow' in built ? built : send(`/exec/${params.id}/start`, {}, JSON.stringify(built));
  },
});
