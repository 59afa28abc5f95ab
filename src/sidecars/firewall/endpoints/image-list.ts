import { defineEndpoint, send } from '../endpoint.ts';
import { FILTERS, filterQuery, isRefusal, parseFilters } from '../filters.ts';
import { imageNames, labels } from '../redact.ts';
import { type Rules, Unexpected } from '../scope.ts';
import { field, fields, items, list, number, type Shape, text, textOf } from '../shape.ts';

const flag = /^(?:0|1|true|false)$/i;
const FILTER_NAMES = ['dangling', 'label', 'reference'];
const shape = (rules: Rules): Shape =>
  fields({
    Id: text,
    ParentId: text,
    RepoTags: list(text),
    RepoDigests: list(text),
    Created: number,
    Size: number,
    SharedSize: number,
    VirtualSize: number,
    Labels: labels(rules),
    Containers: number,
  });

export default defineEndpoint({
  id: 'ImageList',
  method: 'GET',
  path: '/images/json',
  levels: ['read', 'sandboxed'],
  section: 'IMAGES',
  why: 'Which images the project’s own containers run.',
  needs: ['containers', 'images'],
  query: { all: flag, digests: flag, 'shared-size': /^(?:0|false)$/i, manifests: /^(?:0|false)$/i, filters: FILTERS },
  reply: {
    kind: 'json',
    rebuild(answer, scope, { query }) {
      if (!Array.isArray(answer)) throw new Unexpected('the list of images is not a list');
      const visible = answer.filter((entry) => scope.hasImage(textOf(entry, 'Id') ?? ''));
      const named = visible.map((entry) => ({ ...entry, ...imageNames(entry, scope) }));
      // Found by a name that only others use: as if that name were not there.
      const filters = parseFilters(query['filters'], FILTER_NAMES);
      const byName = !isRefusal(filters) && filters.has('reference');
      const hasName = (entry: unknown): boolean =>
        items(field(entry, 'RepoTags')).length + items(field(entry, 'RepoDigests')).length > 0;
      return (byName ? named.filter(hasName) : named).map(shape(scope.rules));
    },
  },
  decide({ query: { filters: given, ...query } }) {
    const filters = parseFilters(given, FILTER_NAMES);
    return isRefusal(filters) ? filters : send('/images/json', { ...query, ...filterQuery(filters) });
  },
});
