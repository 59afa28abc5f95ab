import { defineEndpoint, send } from '../endpoint.ts';
import { FILTERS, filterQuery, isRefusal, parseFilters } from '../filters.ts';
import { volume } from '../redact.ts';
import { Unexpected } from '../scope.ts';
import { field, textOf } from '../shape.ts';

export default defineEndpoint({
  id: 'VolumeList',
  method: 'GET',
  path: '/volumes',
  levels: ['read', 'sandboxed'],
  section: 'VOLUMES',
  why: 'The volumes of the project and those that its containers use.',
  needs: ['containers', 'volumes'],
  query: { filters: FILTERS },
  reply: {
    kind: 'json',
    rebuild(answer, scope) {
      const listed = field(answer, 'Volumes') ?? [];
      if (!Array.isArray(listed)) throw new Unexpected('the list of volumes is not a list');
      const visible = listed.filter((entry) => scope.volumes.has(textOf(entry, 'Name') ?? ''));
      return { Volumes: visible.map(volume), Warnings: null };
    },
  },
  decide({ query }) {
    const filters = parseFilters(query['filters'], ['dangling', 'driver', 'label', 'name']);
    return isRefusal(filters) ? filters : send('/volumes', filterQuery(filters));
  },
});
