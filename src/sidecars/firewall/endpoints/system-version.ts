import { defineEndpoint, send } from '../endpoint.ts';
import { fields, text } from '../shape.ts';

// Kernel, build and component versions tell which known hole to try.
const shape = fields({ Version: text, ApiVersion: text, MinAPIVersion: text, Os: text, Arch: text });

export default defineEndpoint({
  id: 'SystemVersion',
  method: 'GET',
  path: '/version',
  levels: ['read', 'sandboxed'],
  section: 'VERSION',
  why: 'Clients choose their API version by it.',
  needs: [],
  query: {},
  reply: { kind: 'json', rebuild: (answer) => shape(answer) ?? undefined },
  decide: () => send('/version'),
});
