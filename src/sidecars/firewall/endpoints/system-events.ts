import { defineEndpoint, send } from '../endpoint.ts';
import { FILTERS, filterQuery, isRefusal, parseFilters } from '../filters.ts';
import { isVisibleLabel } from '../redact.ts';
import { findContainer, type Scope } from '../scope.ts';
import { field, fields, mapOf, number, text, textOf } from '../shape.ts';

const time = /^\d{1,12}(?:\.\d{1,9})?$/;
const NOBODY = '0'.repeat(64);
const PLAIN: ReadonlySet<string> = new Set([
  'container',
  'driver',
  'execDuration',
  'exitCode',
  'image',
  'name',
  'signal',
  'type',
]);

/** `exec_create: /bin/sh -c …` names a whole command line; the word before it says what happened. */
const action = (value: unknown): unknown =>
  typeof value === 'string' && value.startsWith('exec_') ? value.split(':', 1)[0] : text(value);

const shape = fields({
  Type: text,
  Action: action,
  Actor: fields({ ID: text, Attributes: mapOf(text, (name) => PLAIN.has(name) || isVisibleLabel(name)) }),
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
  const attributes = field(actor, 'Attributes');
  const container = textOf(attributes, 'container');
  switch (textOf(event, 'Type')) {
    case 'container':
      return scope.hasContainer(id) || scope.sees(attributes); // the second: made after we looked
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
  reply: { kind: 'lines', rebuild: (event, scope) => (isVisible(event, scope) ? shape(event) : undefined) },
  decide({ query: { filters: given, ...query } }, scope) {
    const filters = parseFilters(given, ['container', 'event', 'label', 'type']);
    if (isRefusal(filters)) return filters;
    const containers = filters.get('container')?.map((reference) => {
      const found = findContainer(scope, reference);
      return typeof found === 'string' ? NOBODY : found.id;
    });
    return send('/events', {
      ...query,
      ...filterQuery(containers ? new Map(filters).set('container', containers) : filters),
    });
  },
});
