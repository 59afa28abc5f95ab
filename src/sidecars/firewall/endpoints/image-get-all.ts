import { defineEndpoint, refuse, send } from '../endpoint.ts';
import { sendToImageGet } from '../resolve.ts';

export default defineEndpoint({
  id: 'ImageGetAll',
  method: 'GET',
  path: '/images/get',
  levels: [],
  section: 'IMAGES',
  extra: 'image-get',
  why: '`docker save`, one image at a time. Only where a variable of ours says so.',
  needs: ['containers', 'images'],
  // Without a name the engine would save none; the parser refuses a second one.
  query: { names: /^[A-Za-z0-9][A-Za-z0-9_.:@/-]{0,254}$/ },
  reply: { kind: 'bytes' },
  decide({ query }, scope) {
    const { names } = query;
    return names === undefined
      ? refuse(400, 'query', 'The parameter names is missing.')
      : sendToImageGet(scope, names, (image) => send('/images/get', { names: image }));
  },
});
