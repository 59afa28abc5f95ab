import { defineEndpoint } from '../endpoint.ts';
import { STAT_HEADER } from '../redact.ts';
import { absentFile, sendToOwnContainer } from '../resolve.ts';

export default defineEndpoint({
  id: 'ContainerArchiveInfo',
  method: 'HEAD',
  path: '/containers/{id}/archive',
  levels: [],
  section: 'CONTAINERS',
  extra: 'archive',
  why: '`docker cp` asks first what it would get. Opened together with the files.',
  needs: ['containers'],
  query: { path: /^.{1,4096}$/s },
  reply: { kind: 'empty' },
  passes: STAT_HEADER,
  absent: absentFile,
  decide: ({ params, query }, scope) => sendToOwnContainer(scope, params.id, 'archive', query),
});
