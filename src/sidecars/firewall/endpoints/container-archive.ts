import { defineEndpoint } from '../endpoint.ts';
import { STAT_HEADER } from '../redact.ts';
import { absentFile, sendToOwnContainer } from '../resolve.ts';

export default defineEndpoint({
  id: 'ContainerArchive',
  method: 'GET',
  path: '/containers/{id}/archive',
  levels: [],
  section: 'CONTAINERS',
  extra: 'archive',
  why: 'Only where a variable of ours says so: it reads every file, through mounts also of the host.',
  needs: ['containers'],
  query: { path: /^.{1,4096}$/s },
  reply: { kind: 'bytes' },
  passes: STAT_HEADER,
  absent: absentFile,
  decide: ({ params, query }, scope) => sendToOwnContainer(scope, params.id, 'archive', query),
});
