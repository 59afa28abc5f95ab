import { defineEndpoint, send } from '../endpoint.ts';
import { FILTERS, filterQuery, isRefusal, parseFilters } from '../filters.ts';
import { fields, flag, list, number, text } from '../shape.ts';

const shape = list(
  fields({ name: text, description: text, star_count: number, is_official: flag, is_automated: flag }),
);

export default defineEndpoint({
  id: 'ImageSearch',
  method: 'GET',
  path: '/images/search',
  levels: [],
  section: 'IMAGES',
  extra: 'search',
  why: 'Only where a variable of ours says so: the engine connects to the registry that the term names.',
  needs: [],
  query: { term: /^[\x20-\x7e]{1,255}$/, limit: /^\d{1,3}$/, filters: FILTERS },
  reply: { kind: 'json', rebuild: (answer) => shape(answer) ?? undefined },
  decide({ query }) {
    const filters = parseFilters(query['filters'], ['is-automated', 'is-official', 'stars']);
    if (isRefusal(filters)) return filters;
    const { filters: _, ...rest } = query;
    return send('/images/search', { ...rest, ...filterQuery(filters) });
  },
});
