import { defineEndpoint, refuse, send } from '../endpoint.ts';
import { NO_SANDBOX } from '../resolve.ts';
import { isAllowed, parseReference, printReference } from '../sandbox/images.ts';
import { wrongRepeat } from '../sandbox/read.ts';
import { fields, number, type Shape, text } from '../shape.ts';

const query = {
  fromImage: /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}$/,
  tag: /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}$/,
  platform: /^(?:linux(?:\/[a-z0-9]{1,16}){0,2})?$/,
};

/** What registries say most; the engine's own sentences name servers and addresses of the host's network. */
const CAUSES: readonly (readonly [pattern: RegExp, said: string])[] = [
  [/toomanyrequests|rate limit/i, 'the registry allows no more pulls for now'],
  [/manifest unknown|not found|does not exist/i, 'the registry has no such image'],
  [/unauthorized|denied|authentication/i, 'the registry does not give it without a login'],
  [/no space left/i, 'no room is left on the host'],
];
const cause: Shape = (value) =>
  typeof value === 'string'
    ? `pull failed: ${CAUSES.find(([pattern]) => pattern.test(value))?.[1] ?? 'the engine could not get it'}`
    : undefined;

const shape = fields({
  status: text,
  id: text,
  progress: text,
  progressDetail: fields({ current: number, total: number }),
  error: cause,
  errorDetail: fields({ message: cause }),
});

const imageOf = (asked: Readonly<Record<string, string>>) => {
  const { fromImage = '', tag } = asked;
  return parseReference(tag === undefined ? fromImage : `${fromImage}${tag.includes(':') ? '@' : ':'}${tag}`);
};

export default defineEndpoint({
  id: 'ImageCreate',
  method: 'POST',
  path: '/images/create',
  levels: ['sandboxed'],
  section: 'IMAGES',
  why: 'Pulls images that the settings name. Importing, and pulling from other places, is not open.',
  needs: [],
  query,
  body: { max: 4096 },
  reply: { kind: 'lines', rebuild: (entry) => shape(entry) ?? undefined },
  absent: ({ query: asked }) => `The registry has no such image: ${asked['fromImage'] ?? ''}`,
  decide(asked, { rules: { sandbox } }) {
    if (sandbox === undefined) return NO_SANDBOX;
    const wrong = wrongRepeat(asked, query);
    if (wrong !== undefined) return wrong;
    const image = imageOf(asked.query);
    if (image === undefined) return refuse(400, 'query', 'fromImage and tag are not the name of an image.');
    if (!isAllowed(sandbox.images, image, true)) {
      const open = sandbox.images.join(', ') || 'none';
      return refuse(403, 'image', `${printReference(image)} is not one of the images that are open here (${open}).`);
    }
    const { platform } = asked.query;
    return send('/images/create', {
      fromImage: image.repository,
      // Without a tag the engine would pull all of them.
      tag: image.digest ?? image.tag ?? 'latest',
      ...(platform === undefined || platform === '' ? {} : { platform }),
    });
  },
});
