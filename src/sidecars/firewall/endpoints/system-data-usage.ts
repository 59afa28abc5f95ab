import { defineEndpoint, send } from '../endpoint.ts';
import { containerSummary, imageNames, labels, volume } from '../redact.ts';
import { type Rules, Unexpected } from '../scope.ts';
import { field, fields, isRecord, items, list, number, type Shape, text, textOf } from '../shape.ts';

const image = (rules: Rules): Shape =>
  fields({
    Id: text,
    RepoTags: list(text),
    Created: number,
    Size: number,
    SharedSize: number,
    VirtualSize: number,
    Labels: labels(rules),
  });

export default defineEndpoint({
  id: 'SystemDataUsage',
  method: 'GET',
  path: '/system/df',
  levels: ['read', 'sandboxed'],
  section: 'SYSTEM',
  why: 'How much room the project’s own containers, images and volumes take.',
  needs: ['containers', 'images', 'volumes'],
  query: { type: /^(?:container|image|volume)$/, verbose: /^(?:0|1|true|false)$/i },
  reply: {
    kind: 'json',
    rebuild(answer, scope) {
      if (!isRecord(answer)) throw new Unexpected('the data usage is not an object');
      const kept = (name: string, key: string, has: (id: string) => boolean, shape: Shape): unknown[] =>
        items(field(answer, name))
          .filter((entry) => has(textOf(entry, key) ?? ''))
          .map(shape);
      const shownImage = image(scope.rules);
      const named: Shape = (entry) => shownImage(isRecord(entry) ? { ...entry, ...imageNames(entry, scope) } : entry);
      const images = kept('Images', 'Id', scope.hasImage, named);
      const sizes = images.map((entry) => Number(field(entry, 'Size')) || 0);
      return {
        LayersSize: sizes.reduce((sum, size) => sum + size, 0), // the engine's own figure is of all projects together
        Images: images,
        Containers: kept('Containers', 'Id', scope.hasContainer, fields(containerSummary(scope.rules))),
        Volumes: kept('Volumes', 'Name', (name) => scope.volumes.has(name), volume(scope.rules)),
        BuildCache: [],
      };
    },
  },
  decide: ({ query }) => send('/system/df', query),
});
