import type { Refusal } from '../../core/decision.ts';
import { refuse } from './endpoint.ts';
import { isVisibleLabel } from './redact.ts';
import { isRecord } from './shape.ts';

export type Filters = ReadonlyMap<string, readonly string[]>;

/** The value of `filters=`: bounded, so that nobody makes the engine compile large expressions. */
export const FILTERS = /^\{[\s\S]{0,4000}\}$/;

const MAX_VALUES = 64;
/** Printable ASCII: names, states, labels and simple patterns. */
const VALUE = /^[\x20-\x7e]{0,256}$/;

/**
 * `filters` in both of Docker's spellings, `{"label":{"a":true}}` and `{"label":["a"]}`. A filter only ever narrows the
 * list, and the list that comes back is filtered again; but `before=NAME` answers differently for a neighbour's name and
 * for none, and a label filter tests values that are not shown, so only known filters pass.
 */
export function parseFilters(text: string | undefined, allowed: readonly string[]): Filters | Refusal {
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
    if (name === 'label' && !values.every((value) => isVisibleLabel(value.split('=', 1)[0] ?? ''))) {
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
