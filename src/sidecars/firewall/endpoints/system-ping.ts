import { defineEndpoint, send } from '../endpoint.ts';

export default defineEndpoint({
  id: 'SystemPing',
  method: 'GET',
  path: '/_ping',
  levels: ['read', 'sandboxed'],
  section: 'PING',
  why: 'Clients ask for it first, and health checks live on it.',
  needs: [],
  query: {},
  reply: { kind: 'ping' },
  decide: () => send('/_ping'),
});
