import { EXACT } from './json.ts';

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

const isText = (value: unknown): value is string => typeof value === 'string' && !value.startsWith(EXACT);

export const text: Shape = (value) => (isText(value) ? value : undefined);
export const flag: Shape = (value) => (typeof value === 'boolean' ? value : undefined);

/** A number; a large whole one is a marked text, see `parseExactJson`. */
export const number: Shape = (value) => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.startsWith(EXACT) ? value : undefined;
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
    const kept: [string, unknown][] = [];
    // Plain loops: lists hold hundreds of these, and this is most of what filtering costs.
    for (const [name, shape] of entries) {
      const part = Object.hasOwn(value, name) ? shape(value[name]) : undefined;
      if (part !== undefined) kept.push([name, part]);
    }
    return Object.fromEntries(kept);
  };
};

/** A map with free keys. `keep` decides about each key. */
export const mapOf =
  (of: Shape, keep: (key: string) => boolean = () => true): Shape =>
  (value) => {
    if (value === null) return null;
    if (!isRecord(value)) return undefined;
    const kept: [string, unknown][] = [];
    for (const [key, item] of Object.entries(value)) {
      const part = isText(key) && keep(key) ? of(item) : undefined;
      if (part !== undefined) kept.push([key, part]);
    }
    return Object.fromEntries(kept);
  };

/** Numbers at any depth under whatever names: counters. */
export const figures: Shape = (value) => {
  const plain = number(value);
  if (plain !== undefined || value === null || typeof value === 'boolean') return plain ?? value;
  if (typeof value === 'string') return undefined;
  if (Array.isArray(value)) return list(figures)(value);
  return mapOf(figures)(value);
};
