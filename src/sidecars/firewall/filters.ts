import type { Refusal } from '../../core/decision.ts';
import { refuse } from './endpoint.ts';
import { isVisibleLabel } from './redact.ts';
import { storedName } from './sandbox/names.ts';
import type { SandboxSettings } from './sandbox.ts';
import { field, isRecord, textOf } from './shape.ts';

export type Filters = ReadonlyMap<string, readonly string[]>;

/** The value of `filters=`: bounded, so that nobody makes the engine compile large expressions. */
export const FILTERS = /^\{[\s\S]{0,4000}\}$/;

const MAX_VALUES = 64;
/** Printable ASCII: names, states, labels and simple patterns. */
const VALUE = /^[\x20-\x7e]{0,256}$/;

/**
 * `filters` in both of Docker's spellings, `{"label":{"a":true}}` and `{"label":["a"]}`. A filter only ever narrows the
 * list, and the list that comes back is filtered again; but `before=NAME` answers differently for a neighbour's name and
 * for none, and a label filter tests values that are not shown, so only known filters pass. `sandbox`: the client has
 * things with labels of its own, whatever they are called.
 */
export function parseFilters(
  text: string | undefined,
  allowed: readonly string[],
  sandbox?: SandboxSettings,
): Filters | Refusal {
  const filters = new Map<string, readonly string[]>();
  if (text === undefined) return filters;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return refuse(400, 'filters', 'The filters are not valid JSON.');
  }
  if (!isRecord(parsed)) return refuse(400, 'filters', 'The filters are not a JSON object.');
  for (const [name, given] of Object.entries(parsed)) {
    if (!allowed.includes(name)) {
      return refuse(400, 'filters', `This filter is not available here. Available: ${allowed.join(', ')}.`);
    }
    const values = Array.isArray(given) ? given : isRecord(given) ? trueKeys(given) : undefined;
    if (!values || !(values.length <= MAX_VALUES) || !values.every(isValue)) {
      return refuse(400, 'filters', `The value of the filter ${name} is not one that Docker's clients send.`);
    }
    const areShown = values.every((value) => isVisibleLabel(value.split('=', 1)[0] ?? ''));
    if (name === 'label' && !areShown && sandbox === undefined) {
      return refuse(400, 'filters', 'Only labels that are shown (com.docker.compose.*) can be filtered by.');
    }
    filters.set(name, values);
  }
  return filters;
}

const isValue = (value: unknown): value is string => typeof value === 'string' && VALUE.test(value);

function trueKeys(value: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const entries = Object.entries(value);
  return entries.every(([, on]) => on === true) ? entries.map(([key]) => key) : undefined;
}

/** The spelling that every API version since 1.22 takes. */
export function printFilters(filters: Filters): string {
  return JSON.stringify(
    Object.fromEntries(
      [...filters].map(([name, values]) => [name, Object.fromEntries(values.map((value) => [value, true]))]),
    ),
  );
}

/** For the query of a request: nothing if there is no filter. */
export const filterQuery = (filters: Filters): Readonly<Record<string, string>> =>
  filters.size === 0 ? {} : { filters: printFilters(filters) };

export const isRefusal = (value: Filters | Refusal): value is Refusal => 'allow' in value;

/**
 * Filters as the engine gets them. It knows the client's labels under other names than the client does, so it is not
 * asked about labels; names it gets in both forms.
 */
export function engineFilters(filters: Filters, sandbox: SandboxSettings | undefined): Filters {
  if (sandbox === undefined) return filters;
  return new Map(
    [...filters].flatMap(([key, values]): [string, readonly string[]][] => {
      if (key === 'label') return [];
      if (key === 'network' || key === 'volume')
        return [[key, values.flatMap((one) => [one, storedName(sandbox, one)])]];
      return key === 'name' ? [[key, values.flatMap((one) => [one, ...anchored(sandbox, one)])]] : [[key, values]];
    }),
  );
}

/** `^/?web$` starts at the client's name, not at the engine's. */
function anchored(sandbox: SandboxSettings, pattern: string): readonly string[] {
  const rest = /^\^\/?([\w.-]+\$?)$/.exec(pattern)?.[1];
  return rest === undefined ? [] : [`^/?${storedName(sandbox, '').replaceAll('.', '\\.')}${rest}`];
}

/** Whether shown labels are what the filter asks for: `name` or `name=value`, each of them. */
export function hasLabels(labels: unknown, filters: Filters): boolean {
  return (filters.get('label') ?? []).every((wanted) => {
    const [name = ''] = wanted.split('=', 1);
    return wanted === name ? field(labels, name) !== undefined : textOf(labels, name) === wanted.slice(name.length + 1);
  });
}
