import { defineEndpoint, refuse } from '../endpoint.ts';

export default defineEndpoint({
  id: 'PluginInspect',
  method: 'GET',
  path: '/plugins/{name}/json',
  levels: ['read', 'sandboxed'],
  section: 'PLUGINS',
  why: '`docker inspect NAME` asks for a plugin last; with a 404 it says that there is no such object. Nothing is sent.',
  needs: [],
  query: {},
  reply: { kind: 'json', rebuild: () => undefined },
  decide: ({ params }) => refuse(404, 'not-in-scope', `plugin "${params.name}" not found`),
});
