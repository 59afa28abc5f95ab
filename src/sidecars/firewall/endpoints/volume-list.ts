import { defineEndpoint, send } from '../endpoint.ts';
import { engineFilters, FILTERS, filterQuery, hasLabels, isRefusal, parseFilters } from '../filters.ts';
import { volume } from '../redact.ts';
import { Unexpected } from '../scope.ts';
import { field, textOf } from '../shape.ts';

const FILTER_NAMES = ['dangling', 'driver', 'label', 'name'];

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
    rebuild(answer, scope, { query }) {
      const listed = field(answer, 'Volumes') ?? [];
      if (!Array.isArray(listed)) throw new Unexpected('the list of volumes is not a list');
      const visible = listed.filter((entry) => scope.volumes.has(textOf(entry, 'Name') ?? ''));
      const filters = parseFilters(query['filters'], FILTER_NAMES, scope.rules.sandbox);
      const shown = visible.map(volume(scope.rules));
      const wanted = isRefusal(filters) ? shown : shown.filter((entry) => hasLabels(field(entry, 'Labels'), filters));
      return { Volumes: wanted, Warnings: null };
    },
  },
  decide({ query }, { rules: { sandbox } }) {
    const filters = parseFilters(query['filters'], FILTER_NAMES, sandbox);
    return isRefusal(filters) ? filters : send('/volumes', filterQuery(engineFilters(filters, sandbox)));
  },
});
