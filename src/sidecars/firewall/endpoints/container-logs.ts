import { defineEndpoint } from '../endpoint.ts';
import { absentContainer, sendToContainer } from '../resolve.ts';

const flag = /^(?:0|1|true|false)$/i;
/** Unix seconds, as clients send them after reading `--since 10m`. */
const time = /^-?\d{1,12}(?:\.\d{1,9})?$/;

export default defineEndpoint({
  id: 'ContainerLogs',
  method: 'GET',
  path: '/containers/{id}/logs',
  levels: ['read'],
  why: 'Reading the logs of the project’s own services is why most people ask for Docker access at all.',
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
