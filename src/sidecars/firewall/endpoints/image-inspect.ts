import { defineEndpoint } from '../endpoint.ts';
import { imageNames, keySet, labels, secrets } from '../redact.ts';
import { absentImage, sendToImage } from '../resolve.ts';
import type { Rules } from '../scope.ts';
import { fields, isRecord, list, number, type Shape, text } from '../shape.ts';

const shapeOf = (rules: Rules, { command, environment }: ReturnType<typeof secrets>): Shape =>
  fields({
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
      Labels: labels(rules),
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
    rebuild(answer, scope) {
      if (!isRecord(answer)) return undefined;
      const shape = shapeOf(scope.rules, secrets(scope.rules.access.reveals));
      return shape({ ...answer, ...imageNames(answer, scope) }) ?? undefined;
    },
  },
  absent: absentImage,
  decide: ({ params }, scope) => sendToImage(scope, params.name),
});
