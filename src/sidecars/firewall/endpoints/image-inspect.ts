import { defineEndpoint } from '../endpoint.ts';
import { command, environment, imageNames, keySet, labels } from '../redact.ts';
import { absentImage, sendToImage } from '../resolve.ts';
import { fields, isRecord, list, number, text } from '../shape.ts';

const shape = fields({
  Id: text,
  RepoTags: list(text),
  RepoDigests: list(text),
  Created: text,
  Architecture: text,
  Variant: text,
  Os: text,
  Size: number,
  VirtualSize: number,
  RootFS: fields({ Type: text, Layers: list(text) }),
  Config: fields({
    User: text,
    ExposedPorts: keySet,
    Env: environment,
    Cmd: command,
    Entrypoint: command,
    Volumes: keySet,
    WorkingDir: text,
    Labels: labels,
    StopSignal: text,
  }),
});

export default defineEndpoint({
  id: 'ImageInspect',
  method: 'GET',
  path: '/images/{name*}/json',
  levels: ['read', 'sandboxed'],
  section: 'IMAGES',
  why: 'Platform, user and ports of the images that the project’s own containers run.',
  needs: ['containers', 'images'],
  query: { manifests: /^(?:0|false)$/i },
  reply: {
    kind: 'json',
    rebuild: (answer, scope) =>
      isRecord(answer) ? (shape({ ...answer, ...imageNames(answer, scope) }) ?? undefined) : undefined,
  },
  absent: absentImage,
  decide: ({ params }, scope) => sendToImage(scope, params.name),
});
