import { defineEndpoint, send } from '../endpoint.ts';

export default defineEndpoint({
  id: 'SystemPingHead',
  method: 'HEAD',
  path: '/_ping',
  levels: ['read', 'sandboxed'],
  section: 'PING',
  why: 'The docker CLI learns the API version from its headers.',
  needs: [],
  query: {},
  reply: { kind: 'ping' },
  decide: () => send('/_ping'),
});
