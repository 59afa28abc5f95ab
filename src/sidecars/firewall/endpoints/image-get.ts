import { defineEndpoint, send } from '../endpoint.ts';
import { absentImage, sendToImageGet } from '../resolve.ts';

export default defineEndpoint({
  id: 'ImageGet',
  method: 'GET',
  path: '/images/{name*}/get',
  levels: [],
  section: 'IMAGES',
  extra: 'image-get',
  why: 'Only where a variable of ours says so: it reads every layer of an image.',
  needs: ['containers', 'images'],
  query: {},
  reply: { kind: 'bytes' },
  absent: absentImage,
  decide: ({ params }, scope) => sendToImageGet(scope, params.name, (image) => send(`/images/${image}/get`)),
});
