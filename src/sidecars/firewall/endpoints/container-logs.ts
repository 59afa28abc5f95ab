import { defineEndpoint } from '../endpoint.ts';
import { absentContainer, sendToContainer } from '../resolve.ts';

const flag = /^(?:0|1|true|false)$/i;
/** Seconds since 1970 with nanoseconds behind the point: the docker CLI turns `--since 10m` into that. */
const time = /^-?\d{1,12}(?:\.\d{1,9})?$/;

export default defineEndpoint({
  id: 'ContainerLogs',
  method: 'GET',
  path: '/containers/{id*}/logs',
  levels: ['read', 'sandboxed'],
  section: 'CONTAINERS',
  why: 'An agent that debugs a service has to see what that service printed.',
  needs: ['containers'],
  // `details` would add labels and variables of the log driver; only its "no" is known.
  query: {
    follow: flag,
    stdout: flag,
    stderr: flag,
    timestamps: flag,
    details: /^(?:0|false)$/i,
    since: time,
    until: time,
    tail: /^(?:all|-?\d{1,9})$/,
  },
  reply: { kind: 'bytes' },
  absent: absentContainer,
  decide: ({ params, query }, scope) => sendToContainer(scope, params.id, 'logs', query),
});
