import { defineEndpoint, send } from '../endpoint.ts';
import { engineFilters, FILTERS, type Filters, filterQuery, hasLabels, isRefusal, parseFilters } from '../filters.ts';
import { containerSummary, endpointSettings, mounts, name, reveals, secrets } from '../redact.ts';
import { nameOf, PROJECT, type Rules, type Scope } from '../scope.ts';
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

const shapes = (rules: Rules, shown: boolean): Shape =>
  fields({
    ...containerSummary(rules),
    Command: secrets(shown).commandLine,
    Ports: list(fields({ IP: text, PrivatePort: number, PublicPort: number, Type: text })),
    HostConfig: fields({ NetworkMode: name(rules) }),
    NetworkSettings: fields({ Networks: endpointSettings(rules) }),
    Mounts: mounts(rules),
  });

const made = new WeakMap<Rules, { readonly redacted: Shape; readonly whole: Shape }>();
/** Made once for each firewall: lists are long and asked for often. */
function shapeOf(rules: Rules, shown: boolean): Shape {
  const both = made.get(rules) ?? { redacted: shapes(rules, false), whole: shapes(rules, true) };
  made.set(rules, both);
  return shown ? both.whole : both.redacted;
}

/** Where one label says whose a container is, nothing has to be known of it, and the engine is asked the same each time. */
const isOneLabel = ({ visible, sandbox }: Pick<Rules, 'visible' | 'sandbox'>): boolean =>
  sandbox === undefined && (visible.kind === 'all' || visible.services.length === 0);

/** The engine looks at no other container: it neither measures (size) nor counts (limit) what is not visible. */
function narrow(filters: Filters, { rules: { visible, sandbox }, containers }: Scope): Filters {
  const narrowed = new Map(engineFilters(filters, sandbox));
  if (visible.kind === 'all') return narrowed;
  if (isOneLabel({ visible, sandbox })) {
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
  needs: (rules) => (isOneLabel(rules) ? [] : ['containers']),
  query: { all: flag, limit: /^-?\d{1,6}$/, size: flag, filters: FILTERS },
  reply: {
    kind: 'list',
    rebuild(entry, scope, { query }) {
      const labels = field(entry, 'Labels');
      if (!scope.sees(labels, nameOf(entry))) return undefined;
      const shown = shapeOf(scope.rules, reveals(scope, field(entry, 'Id'), labels))(entry);
      if (query['filters'] === undefined) return shown;
      const filters = parseFilters(query['filters'], FILTER_NAMES, scope.rules.sandbox);
      return isRefusal(filters) || hasLabels(field(shown, 'Labels'), filters) ? shown : undefined;
    },
    most({ query }) {
      const limit = Number(query['limit'] ?? 0);
      return limit > 0 ? limit : Number.POSITIVE_INFINITY;
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
