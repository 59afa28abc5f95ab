import * as z from 'zod';
import { nearest } from '../core/nearest.ts';
import type { Complaint } from './parse-meaning.ts';
import type { Path, YamlTree } from './parse-yaml.ts';
import { POLICY_SCHEMA, RELATIVE_PATH } from './schema.ts';

/** What later versions bring: known words, and no spelling mistakes. */
export const LATER_VALUES: Readonly<Record<string, readonly string[]>> = {
  egress: ['allowlist'],
  stack: ['python'],
};

const HINT = 'Correct it, then run the command again; editors that know YAML schemas complete and check this file.';

/** `limits.pids`, item 1 of `agents`, `id` of item 2 of `accept`: people count list items from one. */
function named(path: Path): string {
  if (path.length === 0) return 'the policy';
  const at = path.findLastIndex((step) => typeof step === 'number');
  const keys = path.slice(at + 1).join('.');
  if (at < 0) return `\`${keys}\``;
  const item = `item ${Number(path[at]) + 1} of ${named(path.slice(0, at))}`;
  return keys === '' ? item : `\`${keys}\` of ${item}`;
}

function shown(value: unknown, source: string): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(value) : source || String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list, such as [a, b]',
  object: 'a mapping of keys and values',
  record: 'a mapping of keys and values',
};

/** One fault of the schema's check, in words for the person who wrote the file. */
export function explain(issue: z.core.$ZodIssue, tree: YamlTree): Complaint[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const value = at(tree.value, path);
  const say = (message: string, hint = HINT): Complaint[] => [{ path, on: 'value', message, hint }];
  const is = `${named(path)} is ${shown(value, tree.sourceAt(path))}`;

  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(path);
    return issue.keys.map((key) => ({ path: [...path, key], on: 'key', ...unknownKey(key, path, known) }));
  }
  if (issue.code === 'invalid_key') {
    const wanted = issue.issues[0]?.message ?? 'another name';
    return [{ path, on: 'key', message: `the key \`${path.at(-1)}\` must be ${wanted}`, hint: HINT }];
  }
  if (value === undefined) {
    const key = path.at(-1);
    const known = issue.code === 'invalid_value' ? issue.values.map(String) : [];
    const example = known.length > 0 ? known.join(' or ') : (TYPES[expected(issue)] ?? 'a value');
    return [
      {
        path: path.slice(0, -1),
        on: 'missing',
        message: `${named(path)} is missing`,
        hint: `Add \`${key}:\` with ${example}.`,
      },
    ];
  }
  if (value === null) {
    const hint = expected(issue) === 'array' ? 'Write `[]` for none.' : undefined;
    const allowed = issue.code === 'invalid_value' ? `Allowed: ${issue.values.map(String).join(', ')}.` : undefined;
    return say(`${named(path)} has no value`, hint ?? allowed ?? 'Write a value, or remove the key.');
  }
  if (issue.code === 'invalid_value') return say(...wrongWord(path, value, is, issue.values.map(String)));
  if (issue.code === 'invalid_type') {
    const wanted = TYPES[expected(issue)] ?? expected(issue);
    if (expected(issue) === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
      const source = tree.sourceAt(path);
      const reads = String(value) === source ? '' : `, which YAML reads as ${String(value)}`;
      return say(
        `${named(path)} is the ${typeof value} ${source}${reads}; it must be a text`,
        path.at(-1) === 'memory' ? 'Write a size such as 512m or 8g.' : `Put quotes around it: "${source}".`,
      );
    }
    return say(`${is}; it must be ${wanted}`);
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const limit = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
    const unit = { array: ' entries', string: ' characters' }[issue.origin as string] ?? '';
    return say(`${is}; it must be ${issue.origin === 'array' ? 'a list of ' : ''}${limit}${unit}`);
  }
  if (issue.code === 'invalid_format') {
    return say(`${is}; it must be ${issue.message}`, (typeof value === 'string' && patternHint(path, value)) || HINT);
  }
  return say(`${is}; ${issue.message}`);
}

const expected = (issue: z.core.$ZodIssue): string => (issue.code === 'invalid_type' ? issue.expected : '');

function unknownKey(key: string, path: Path, known: readonly string[]): { message: string; hint: string } {
  const owner = path.length === 0 ? '' : ` in ${named(path)}`;
  const near = nearest(key, known);
  return {
    message: `unknown key \`${key}\`${owner}${near ? `; did you mean \`${near}\`?` : ''}`,
    hint: `Allowed${owner}: ${known.join(', ')}.`,
  };
}

function wrongWord(path: Path, value: unknown, is: string, allowed: readonly string[]): [string, string] {
  const key = String(path.find((step) => typeof step === 'string') ?? '');
  const word = typeof value === 'string' ? value : laterMode(value);
  if (LATER_VALUES[key]?.includes(word)) {
    return [`\`${key}: ${word}\` belongs to a later version of cofferdam`, `This version has: ${allowed.join(', ')}.`];
  }
  const near = nearest(word, allowed);
  const version = key === 'version' && typeof value === 'number' && value > 1;
  return [
    `${is}${near ? `; did you mean \`${near}\`?` : ', which is not allowed'}`,
    version ? 'A later cofferdam wrote this policy: install that one.' : `Allowed: ${allowed.join(', ')}.`,
  ];
}

/** `egress: { mode: allowlist, … }` is how a later version says it. */
const laterMode = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'mode' in value && typeof value.mode === 'string' ? value.mode : '';

function patternHint(path: Path, value: string): string | undefined {
  if (path[0] === 'readOnly' && !RELATIVE_PATH.test(value)) {
    if (value === '') return 'Remove the empty entry.';
    if (value === '.' || value === './') return 'The whole workspace cannot be read-only: name what the host runs.';
    if (value.startsWith('/') || value.startsWith('~') || /^[A-Za-z]:/.test(value)) {
      return 'Only what is in the workspace is in the box: write the path from the workspace folder on.';
    }
    if (value.includes('\\')) return 'Write the path with forward slashes.';
    if (/[*?]/.test(value)) return 'Patterns are not expanded: name each file, or the folder that holds them.';
    if (value.endsWith('/')) return `Write it without the last slash: ${value.replace(/(?<!\/)\/+$/, '')}`;
    if (/(?:^|\/)\.\.?(?:\/|$)/.test(value)) return 'Write the path without `.` and `..`.';
  }
  if (path[0] === 'node' && path[1] === 'packageManager') {
    const [name = '', rest] = value.split('@', 2);
    if (rest?.includes('+')) return `Leave the hash out: ${value.split('+')[0]}`;
    if (name === 'bun') return 'This version knows npm, pnpm and yarn.';
    const near = nearest(name, ['npm', 'pnpm', 'yarn']);
    if (near && near !== name) return `Did you mean ${near}?`;
  }
  return undefined;
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return inner[Number(step)];
    return typeof inner === 'object' && inner !== null
      ? Object.getOwnPropertyDescriptor(inner, step)?.value
      : undefined;
  }, value);
}

/** The keys that the schema has at a path. */
function keysAt(path: Path): readonly string[] {
  let schema: unknown = POLICY_SCHEMA;
  const unwrap = (): void => {
    while (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) {
      schema = schema.unwrap();
    }
  };
  for (const step of path) {
    unwrap();
    if (schema instanceof z.ZodObject) schema = schema.shape[String(step)];
    else if (schema instanceof z.ZodArray) schema = schema.element;
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
  }
  unwrap();
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
