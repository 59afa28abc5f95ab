import { defineEndpoint, send } from '../endpoint.ts';
import { engineFilters, FILTERS, filterQuery, hasLabels, isRefusal, parseFilters } from '../filters.ts';
import { network } from '../redact.ts';
import { Unexpected } from '../scope.ts';
import { field, textOf } from '../shape.ts';

const FILTER_NAMES = ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type'];

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
    rebuild(answer, scope, { query }) {
      if (!Array.isArray(answer)) throw new Unexpected('the list of networks is not a list');
      const visible = answer.filter((entry) => scope.hasNetwork(textOf(entry, 'Id') ?? ''));
      const filters = parseFilters(query['filters'], FILTER_NAMES, scope.rules.sandbox);
      const shown = visible.map(network(scope));
      return isRefusal(filters) ? shown : shown.filter((entry) => hasLabels(field(entry, 'Labels'), filters));
    },
  },
  decide({ query }, { rules: { sandbox } }) {
    const filters = parseFilters(query['filters'], FILTER_NAMES, sandbox);
    return isRefusal(filters) ? filters : send('/networks', filterQuery(engineFilters(filters, sandbox)));
  },
});
