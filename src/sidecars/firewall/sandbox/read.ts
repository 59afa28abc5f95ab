import type { Refusal } from '../../../core/decision.ts';
import { type Asked, refuse } from '../endpoint.ts';
import { BadJson, type Json, type JsonRecord, parseStrictJson } from './json.ts';

/** A body that does not go on. Thrown where it is found, caught in `readBody` alone. */
class Unfit extends Error {
  override readonly name = 'Unfit';
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.hint);
    this.refusal = refusal;
  }
}

/** It is not what Docker's clients send. */
export function malformed(at: string, why: string): never {
  throw new Unfit(refuse(400, 'body', `${at || 'The body'}: ${why}.`));
}

/** It is what clients can send, and not open here. */
export function closed(at: string, why: string): never {
  throw new Unfit(refuse(403, 'sandbox', `${at} is not open here: ${why}.`));
}

/** There is no such thing, or none that is in sight. */
export function absent(why: string): never {
  throw new Unfit(refuse(404, 'not-in-scope', why));
}

/** Not now, or not so many. */
export function conflict(why: string): never {
  throw new Unfit(refuse(409, 'ceiling', why));
}

/** Part of a body → what we make of it. Absent and null are what Go makes of them: the zero value. */
export type Reader<Value> = (value: Json | undefined, at: string) => Value;

/** Reads a whole body; whatever a reader finds wrong becomes the refusal. */
export function readBody<Value>(bytes: Uint8Array, read: Reader<Value>): Value | Refusal {
  try {
    return read(parseStrictJson(bytes), '');
  } catch (error) {
    if (error instanceof Unfit) return error.refusal;
    if (error instanceof BadJson) return refuse(400, 'body', `The body is not plain JSON: ${error.message}.`);
    throw error;
  }
}

export type Take = <Value>(name: string, read: Reader<Value>) => Value;

/**
 * Reads an object whose fields are all known: what `build` does not take makes the body unfit. Names are compared as
 * they are written; the engine would also take `hostconfig` for `HostConfig`.
 */
export const record =
  <Value>(build: (take: Take, at: string) => Value): Reader<Value> =>
  (value, at) => {
    if (value !== undefined && value !== null && !isRecord(value)) malformed(at, 'it is not an object');
    const fields: JsonRecord = value ?? new Map();
    const taken = new Set<string>();
    const built = build((name, read) => {
      taken.add(name);
      return read(fields.get(name), at === '' ? name : `${at}.${name}`);
    }, at);
    for (const name of fields.keys()) {
      if (!taken.has(name)) malformed(at, `the field ${JSON.stringify(name.slice(0, 64))} is not known here`);
    }
    return built;
  };

const isRecord = (value: Json | undefined): value is JsonRecord => value instanceof Map;
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** A map with free keys, as pairs. */
export const pairs =
  <Value>(key: RegExp, read: Reader<Value>, max: number): Reader<readonly (readonly [string, Value])[]> =>
  (value, at) => {
    if (value === undefined || value === null) return [];
    if (!isRecord(value)) return malformed(at, 'it is not an object');
    if (!(value.size <= max)) return malformed(at, `it has more than ${max} entries`);
    return [...value].map(([name, item]) => {
      if (!key.test(name)) malformed(at, `${JSON.stringify(name.slice(0, 64))} is no name for an entry`);
      return [name, read(item, `${at}[${JSON.stringify(name)}]`)];
    });
  };

/** A list; null stays apart from empty, because an empty command is another than the image's. */
export const list =
  <Value>(read: Reader<Value>, max: number): Reader<readonly Value[] | null> =>
  (value, at) => {
    if (value === undefined || value === null) return null;
    if (!isList(value)) return malformed(at, 'it is not a list');
    if (!(value.length <= max)) return malformed(at, `it has more than ${max} entries`);
    return value.map((item, index) => read(item, `${at}[${index}]`));
  };

export const text =
  (pattern: RegExp): Reader<string> =>
  (value, at) => {
    if (value === undefined || value === null || value === '') return '';
    if (typeof value !== 'string') return malformed(at, 'it is not a text');
    return pattern.test(value) ? value : malformed(at, 'it has another form than expected');
  };

/** Any text without NUL, at which the kernel would cut it. */
export const free = (max: number): Reader<string> => text(new RegExp(`^[^\\u0000]{0,${max}}$`, 'u'));

export const flag: Reader<boolean> = (value, at) =>
  value === undefined || value === null
    ? false
    : typeof value === 'boolean'
      ? value
      : malformed(at, 'it is not true or false');

/** A whole number, zero if not given. */
export const whole =
  (from: number, to: number): Reader<number> =>
  (value, at) => {
    if (value === undefined || value === null || value === 0) return 0;
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return malformed(at, 'it is not a whole number');
    return value >= from && value <= to ? value : closed(at, `it can be from ${from} to ${to}`);
  };

/** Clients send every field; this one is open only with the value that means nothing. */
export const zero: Reader<undefined> = (value, at) => {
  const empty =
    value === undefined ||
    value === null ||
    value === '' ||
    value === 0 ||
    value === false ||
    (isList(value) && value.length === 0) ||
    (isRecord(value) && value.size === 0);
  return empty ? undefined : closed(at, 'leave it out');
};

/** As `zero`, for fields where another value means nothing too. */
export const zeroOr =
  (...others: readonly (string | number | boolean)[]): Reader<undefined> =>
  (value, at) =>
    others.some((other) => other === value) ? undefined : zero(value, at);

/** Known, and of no consequence: the value is not even looked at. */
export const ignored: Reader<undefined> = () => undefined;

/**
 * Some clients send the parameters of the query once more as a body (dockerode). The query is what counts; a body that
 * says anything else is refused.
 */
export function wrongRepeat({ body }: Asked, query: Readonly<Record<string, unknown>>): Refusal | undefined {
  if (body.length === 0) return undefined;
  const names = Object.keys(query);
  const read = readBody(
    body,
    record((take) => names.map((name) => take(name, ignored)).length),
  );
  return typeof read === 'number' ? undefined : read;
}
