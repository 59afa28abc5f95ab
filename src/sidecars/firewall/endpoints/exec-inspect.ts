import { defineEndpoint, send } from '../endpoint.ts';
import { absentExec, checkExec } from '../sandbox/judge.ts';
import { fields, flag, list, number, text } from '../shape.ts';

// No Pid: it is one of the host's.
const shape = fields({
  ID: text,
  Running: flag,
  ExitCode: number,
  ProcessConfig: fields({ tty: flag, entrypoint: text, arguments: list(text), privileged: flag }),
  OpenStdin: flag,
  OpenStdout: flag,
  OpenStderr: flag,
  CanRemove: flag,
  ContainerID: text,
  DetachKeys: text,
});

export default defineEndpoint({
  id: 'ExecInspect',
  method: 'GET',
  path: '/exec/{id}/json',
  levels: ['sandboxed'],
  section: 'EXEC',
  why: 'How a command in a container of the client’s ended.',
  needs: ['containers'],
  query: {},
  check: checkExec,
  reply: { kind: 'json', rebuild: (answer) => shape(answer) ?? undefined },
  absent: absentExec,
  decide: ({ params }) => send(`/exec/${params.id}/json`),
});
