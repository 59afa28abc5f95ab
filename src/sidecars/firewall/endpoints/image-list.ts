import { defineEndpoint, send } from '../endpoint.ts';
import { FILTERS, filterQuery, isRefusal, parseFilters } from '../filters.ts';
import { labels } from '../redact.ts';
import { Unexpected } from '../scope.ts';
import { fields, list, number, text, textOf } from '../shape.ts';

const flag = /^(?:0|1|true|false)$/i;
const shape = fields({
  Id: text,
  ParentId: text,
  RepoTags: list(text),
  RepoDigests: list(text),
  Created: number,
  Size: number,
  SharedSize: number,
  VirtualSize: number,
  Labels: labels,
  Containers: number,
});

export default defineEndpoint({
  id: 'ImageList',
  method: 'GET',
  path: '/images/json',
  levels: ['read'],
  why: 'Which images the project’s own containers run.',
  needs: ['containers', 'images'],
  query: { all: flag, digests: flag, 'shared-size': /^(?:0|false)$/i, manifests: /^(?:0|false)$/i, filters: FILTERS },
  reply: {
    kind: 'json',
    rebuild(answer, scope) {
      if (!Array.isArray(answer)) throw new Unexpected('the list of images is not a list');
      return answer.filter((entry) => scope.hasImage(textOf(entry, 'Id') ?? '')).map(shape);
    },
  },
  decide({ query: { filters: given, ...query } }) {
    const filters = parseFilters(given, ['dangling', 'label', 'reference']);
    return isRefusal(filters) ? filters : send('/images/json', { ...query, ...filterQuery(filters) });
  },
});
