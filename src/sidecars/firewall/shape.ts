/**
 * Shapes say which parts of an engine's answer pass. A shape gives the part or `undefined`; what no shape names does
 * not pass. So a field that a future engine adds stays inside.
 */
export type Shape = (value: unknown) => unknown;

export type Fields = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A record's own field; never something inherited. */
export const field = (value: unknown, name: string): unknown =>
  isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;

export const textOf = (value: unknown, name: string): string | undefined => {
  const found = field(value, name);
  return typeof found === 'string' ? found : undefined;
};

export const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const text: Shape = (value) => (typeof value === 'string' ? value : undefined);
export const flag: Shape = (value) => (typeof value === 'boolean' ? value : undefined);

/**
 * Whole numbers beyond 2^53 lose digits in JavaScript; printed again they can overflow the reader's int64 (2^63-1, "no
 * limit", would become 2^63). They are cut to the largest that is exact.
 */
export const number: Shape = (value) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  if (!Number.isInteger(value)) return value;
  return Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
};

/** Docker sends null for an empty list or map; null stays null. */
export const list =
  (of: Shape): Shape =>
  (value) => {
    if (value === null) return null;
    return Array.isArray(value) ? value.map(of).filter((item) => item !== undefined) : undefined;
  };

export const fields = (shapes: Readonly<Record<string, Shape>>): Shape => {
  const entries = Object.entries(shapes);
  return (value) => {
    if (value === null) return null;
    if (!isRecord(value)) return undefined;
    return Object.fromEntries(
      entries.flatMap(([name, shape]) => {
        const part = Object.hasOwn(value, name) ? shape(value[name]) : undefined;
        return part === undefined ? [] : [[name, part]];
      }),
    );
  };
};

/** A map with free keys. `keep` decides about each key. */
export const mapOf =
  (of: Shape, keep: (key: string) => boolean = () => true): Shape =>
  (value) => {
    if (value === null) return null;
    if (!isRecord(value)) return undefined;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, item]) => {
        const part = keep(key) ? of(item) : undefined;
        return part === undefined ? [] : [[key, part]];
      }),
    );
  };

/** Numbers and short names at any depth: counters. */
export const figures: Shape = (value) => {
  if (typeof value === 'number') return number(value);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.length <= 64 ? value : undefined;
  if (Array.isArray(value)) return list(figures)(value);
  return mapOf(figures)(value);
};
