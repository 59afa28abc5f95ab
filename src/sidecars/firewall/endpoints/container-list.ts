import { defineEndpoint, send } from '../endpoint.ts';
import { engineFilters, FILTERS, type Filters, filterQuery, hasLabels, isRefusal, parseFilters } from '../filters.ts';
import { containerSummary, endpointSettings, mounts, name, reveals, secrets } from '../redact.ts';
import { nameOf, PROJECT, type Rules, type Scope, Unexpected } from '../scope.ts';
import { field, fields, list, number, type Shape, text } from '../shape.ts';

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

/** The engine looks at no other container: it neither measures (size) nor counts (limit) what is not visible. */
function narrow(filters: Filters, { rules: { visible, sandbox }, containers }: Scope): Filters {
  const narrowed = new Map(engineFilters(filters, sandbox));
  if (visible.kind === 'all') return narrowed;
  // Labels are as good as ids where one label says it all, and the engine is asked the same every time.
  if (visible.services.length === 0 && sandbox === undefined) {
    return narrowed.set('label', [...(narrowed.get('label') ?? []), `${PROJECT}=${visible.project}`]);
  }
  const asked = filters.get('id');
  const ids = containers
    .map(({ id }) => id)
    .filter((id) => !asked || asked.some((part) => part !== '' && id.includes(part)));
  return narrowed.set('id', ids.length > 0 ? ids : [NOBODY]);
}

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
      const visible = answer.filter((entry) => scope.sees(field(entry, 'Labels'), nameOf(entry)));
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
    const limited = Number(query['limit'] ?? 0) > 0; // with a limit, Docker lists stopped ones too
    return send('/containers/json', {
      ...(limited ? { all: '1' } : query['all'] === undefined ? {} : { all: query['all'] }),
      ...(query['size'] === undefined ? {} : { size: query['size'] }),
      ...filterQuery(narrow(filters, scope)),
    });
  },
});
