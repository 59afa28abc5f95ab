import { defineEndpoint, send } from '../endpoint.ts';
import { FILTERS, filterQuery, isRefusal, parseFilters } from '../filters.ts';
import { network } from '../redact.ts';
import { Unexpected } from '../scope.ts';
import { textOf } from '../shape.ts';

export default defineEndpoint({
  id: 'NetworkList',
  method: 'GET',
  path: '/networks',
  levels: ['read', 'sandboxed'],
  section: 'NETWORKS',
  why: 'The networks of the project and those that its containers are on.',
  needs: ['containers', 'networks'],
  query: { filters: FILTERS },
  reply: {
    kind: 'json',
    rebuild(answer, scope) {
      if (!Array.isArray(answer)) throw new Unexpected('the list of networks is not a list');
      return answer.filter((entry) => scope.hasNetwork(textOf(entry, 'Id') ?? '')).map(network(scope.hasContainer));
    },
  },
  decide({ query }) {
    const filters = parseFilters(query['filters'], ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type']);
    return isRefusal(filters) ? filters : send('/networks', filterQuery(filters));
  },
});
