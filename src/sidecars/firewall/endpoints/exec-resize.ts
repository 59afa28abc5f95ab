import { defineEndpoint, send } from '../endpoint.ts';
import { absentExec, checkExec } from '../sandbox/judge.ts';
import { wrongRepeat } from '../sandbox/read.ts';

const query = { h: /^\d{1,4}$/, w: /^\d{1,4}$/ };

export default defineEndpoint({
  id: 'ExecResize',
  method: 'POST',
  path: '/exec/{id}/resize',
  levels: ['sandboxed'],
  section: 'EXEC',
  why: 'The size of the terminal of such a command.',
  needs: ['containers'],
  query,
  body: { max: 256 },
  check: checkExec,
  reply: { kind: 'empty' },
  absent: absentExec,
  decide: (asked) => wrongRepeat(asked, query) ?? send(`/exec/${asked.params.id}/resize`, asked.query),
});
