import { defineEndpoint, send } from '../endpoint.ts';
import { engineFilters, FILTERS, filterQuery, hasLabels, isRefusal, parseFilters } from '../filters.ts';
import { containerSummary, endpointSettings, mounts, name, reveals, secrets } from '../redact.ts';
import { type Rules, Unexpected } from '../scope.ts';
import { field, fields, list, number, type Shape, text, textOf } from '../shape.ts';

const flag = /^(?:0|1|true|false)$/i;
const NOBODY = '0'.repeat(64);
const FILTER_NAMES = [
  'ancestor',
  'exited',
  'expose',
  'health',
  'id',
  'label',
  'name',
  'network',
  'publish',
  'status',
  'volume',
];

const shapeOf = (rules: Rules, shown: boolean): Shape =>
  fields({
    ...containerSummary(rules),
    Command: secrets(shown).commandLine,
    Ports: list(fields({ IP: text, PrivatePort: number, PublicPort: number, Type: text })),
    HostConfig: fields({ NetworkMode: name(rules) }),
    NetworkSettings: fields({ Networks: endpointSettings(rules) }),
    Mounts: mounts(rules),
  });

export default defineEndpoint({
  id: 'ContainerList',
  method: 'GET',
  path: '/containers/json',
  levels: ['read', 'sandboxed'],
  section: 'CONTAINERS',
  why: 'Seeing whether the project’s own services run is the first thing that one asks Docker for.',
  needs: ['containers'],
  query: { all: flag, limit: /^-?\d{1,6}$/, size: flag, filters: FILTERS },
  reply: {
    kind: 'json',
    rebuild(answer, scope, { query }) {
      if (!Array.isArray(answer)) throw new Unexpected('the list of containers is not a list');
      const visible = answer.filter((entry) => scope.hasContainer(textOf(entry, 'Id') ?? ''));
      const [redacted, whole] = [shapeOf(scope.rules, false), shapeOf(scope.rules, true)];
      const shown = visible.map((entry) =>
        (reveals(scope, field(entry, 'Id'), field(entry, 'Labels')) ? whole : redacted)(entry),
      );
      const filters = parseFilters(query['filters'], FILTER_NAMES, scope.rules.sandbox);
      const wanted = isRefusal(filters) ? shown : shown.filter((entry) => hasLabels(field(entry, 'Labels'), filters));
      const limit = Number(query['limit'] ?? 0);
      return limit > 0 ? wanted.slice(0, limit) : wanted;
    },
  },
  decide({ query }, scope) {
    const filters = parseFilters(query['filters'], FILTER_NAMES, scope.rules.sandbox);
    if (isRefusal(filters)) return filters;
    // The engine looks at no other container: it neither measures (size) nor counts (limit) what is not visible.
    const asked = filters.get('id');
    const ids = scope.containers
      .map(({ id }) => id)
      .filter((id) => !asked || asked.some((part) => part !== '' && id.includes(part)));
    const narrowed = new Map(engineFilters(filters, scope.rules.sandbox)).set('id', ids.length > 0 ? ids : [NOBODY]);
    const limited = Number(query['limit'] ?? 0) > 0; // with a limit, Docker lists stopped ones too
    return send('/containers/json', {
      ...(limited ? { all: '1' } : query['all'] === undefined ? {} : { all: query['all'] }),
      ...(query['size'] === undefined ? {} : { size: query['size'] }),
      ...filterQuery(narrowed),
    });
  },
});
