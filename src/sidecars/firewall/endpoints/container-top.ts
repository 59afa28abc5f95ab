import { defineEndpoint, refuse } from '../endpoint.ts';
import { absentContainer, sendToContainer } from '../resolve.ts';
import { fields, list, text } from '../shape.ts';

// The engine gives these to the host's ps, which runs as root: `eww` prints every environment, `-f` every argument.
const COLUMNS = '-eo pid,user,stime,time,comm';
/** For those who may see environments and arguments. The engine splits at spaces; there is no shell. */
const PS_OPTIONS = /^[A-Za-z0-9 ,_=%+-]{1,200}$/;
const shape = fields({ Titles: list(text), Processes: list(list(text)) });

export default defineEndpoint({
  id: 'ContainerTop',
  method: 'GET',
  path: '/containers/{id*}/top',
  levels: ['read', 'sandboxed'],
  section: 'CONTAINERS',
  why: 'Seeing what runs in a service of the project, by program name.',
  needs: ['containers'],
  query: { ps_args: /^/ },
  reply: { kind: 'json', rebuild: (answer) => shape(answer) ?? undefined },
  absent: absentContainer,
  decide({ params, query }, scope) {
    if (scope.rules.access.reveals) {
      const options = query['ps_args'] ?? '-ef';
      if (PS_OPTIONS.test(options)) return sendToContainer(scope, params.id, 'top', { ps_args: options });
      return refuse(400, 'ps-arguments', 'These are not options for ps.');
    }
    if (query['ps_args'] !== undefined) {
      return refuse(403, 'ps-arguments', 'Options for ps could show environments and arguments; leave them out.');
    }
    return sendToContainer(scope, params.id, 'top', { ps_args: COLUMNS });
  },
});
