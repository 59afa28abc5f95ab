import { defineEndpoint, send } from '../endpoint.ts';
import { engineFilters, FILTERS, filterQuery, hasLabels, isRefusal, parseFilters } from '../filters.ts';
import { labels, name } from '../redact.ts';
import { findContainer, type Rules, type Scope } from '../scope.ts';
import { field, fields, isRecord, mapOf, number, type Shape, text, textOf } from '../shape.ts';

const time = /^\d{1,12}(?:\.\d{1,9})?$/;
const FILTER_NAMES = ['container', 'event', 'label', 'type'];
const NOBODY = '0'.repeat(64);
const PLAIN: ReadonlySet<string> = new Set([
  'container',
  'driver',
  'execDuration',
  'exitCode',
  'image',
  'signal',
  'type',
]);

/** `exec_create: /bin/sh -c …` names a whole command line; the word before it says what happened. */
const action = (value: unknown): unknown =>
  typeof value === 'string' && value.startsWith('exec_') ? value.split(':', 1)[0] : text(value);

/** Labels stand among the attributes; what the engine itself says goes before them. */
const attributes = (rules: Rules): Shape => {
  const own = labels(rules);
  const plain = mapOf(text, (key) => PLAIN.has(key));
  return (value) => {
    const [said, marked] = [plain(value), own(value)];
    if (!isRecord(said) || !isRecord(marked)) return undefined;
    return { ...marked, ...said, name: name(rules)(field(value, 'name')) };
  };
};

const shape = (rules: Rules): Shape =>
  fields({
    Type: text,
    Action: action,
    Actor: fields({ ID: name(rules), Attributes: attributes(rules) }),
    scope: text,
    time: number,
    timeNano: number,
    status: action,
    id: text,
    from: text,
  });

function isVisible(event: unknown, scope: Scope): boolean {
  const actor = field(event, 'Actor');
  const id = textOf(actor, 'ID') ?? '';
  const said = field(actor, 'Attributes');
  const container = textOf(said, 'container');
  switch (textOf(event, 'Type')) {
    case 'container':
      return scope.hasContainer(id) || scope.sees(said, textOf(said, 'name') ?? ''); // the second: made after we looked
    case 'network':
      return scope.hasNetwork(id) && (container === undefined || scope.hasContainer(container));
    case 'volume':
      return scope.volumes.has(id) && (container === undefined || scope.hasContainer(container));
    default:
      return false; // images, plugins, the engine itself: nothing says whose they are
  }
}

export default defineEndpoint({
  id: 'SystemEvents',
  method: 'GET',
  path: '/events',
  levels: ['read', 'sandboxed'],
  section: 'EVENTS',
  why: 'Following starts, stops and health of the project’s own services.',
  needs: ['containers', 'networks', 'volumes'],
  query: { since: time, until: time, filters: FILTERS },
  reply: {
    kind: 'lines',
    rebuild(event, scope, { query }) {
      if (!isVisible(event, scope)) return undefined;
      const shown = shape(scope.rules)(event);
      const filters = parseFilters(query['filters'], FILTER_NAMES, scope.rules.sandbox);
      const has = isRefusal(filters) || hasLabels(field(field(shown, 'Actor'), 'Attributes'), filters);
      return has ? shown : undefined;
    },
  },
  decide({ query: { filters: given, ...query } }, scope) {
    const { sandbox } = scope.rules;
    const filters = parseFilters(given, FILTER_NAMES, sandbox);
    if (isRefusal(filters)) return filters;
    const containers = filters.get('container')?.map((reference) => {
      const found = findContainer(scope, reference);
      return typeof found === 'string' ? NOBODY : found.id;
    });
    return send('/events', {
      ...query,
      ...filterQuery(engineFilters(containers ? new Map(filters).set('container', containers) : filters, sandbox)),
    });
  },
});
