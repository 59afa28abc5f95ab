import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parsePolicy } from '../../src/policy/parse.ts';
import { printPolicy } from '../../src/policy/print.ts';
import { policyJsonSchema, schemaUrl } from '../../src/policy/schema.ts';
import { BASE, policies } from '../support/policies.ts';

const published = readFileSync('schema/policy.schema.json', 'utf8');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const validate = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(
  JSON.parse(published),
);

const parserAccepts = (text: string): boolean => {
  try {
    parsePolicy(text);
    return true;
  } catch {
    return false;
  }
};

describe('the published schema', () => {
  it('is the one that the parser uses', () => {
    expect(published).toBe(policyJsonSchema(version));
  });

  it('describes every key', () => {
    const undescribed = (schema: unknown, path: string): string[] => {
      if (typeof schema !== 'object' || schema === null) return [];
      const found: string[] = [];
      if ('properties' in schema && typeof schema.properties === 'object') {
        for (const [key, inner] of Object.entries(schema.properties ?? {})) {
          if (typeof inner.description !== 'string') found.push(`${path}${key}`);
          found.push(...undescribed(inner, `${path}${key}.`));
        }
      }
      return 'items' in schema ? [...found, ...undescribed(schema.items, `${path}*.`)] : found;
    };
    expect(undescribed(JSON.parse(published), '')).toEqual([]);
  });

  it('is named in the first line of a printed policy, where editors look for it', () => {
    const [first] = printPolicy(parsePolicy(BASE).policy, version).split('\n');
    expect(first).toBe(`# yaml-language-server: $schema=${schemaUrl(version)}`);
    expect(JSON.parse(published).$id).toBe(schemaUrl(version));
  });

  it('accepts every policy that can be printed', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        expect(validate(parse(printPolicy(policy, version)))).toBe(true);
      }),
    );
  });

  it.each([
    '',
    'node: { version: "22.11.0" }',
    'node: { version: "22" , packageManager: npm }',
    'node: { packageManager: pnpm@9.1.0 }',
    'node: { packageManager: yarn@4.0.0-rc.1 }',
    'node: { packageManager: pnpm }',
    'node: { packageManager: bun@1.0.0 }',
    'node: { packageManager: "pnpm@9.1.0+sha512.ab" }',
    'node: { version: 22 }',
    'node: { version: "16" }',
    'node: { version: "22.01" }',
    'node: { version: lts }',
    'node: []',
    'unknown: 1',
    'topology: attached',
    'topology: split',
    'ipc: guard',
    'ipc: deny',
    'docker: none',
    'docker: sandboxed',
    'docker:',
    'egress: allowlist',
    'services: [shop-db/postgres, a/B.c_d-e]',
    'services: [Shop/db]',
    'services: [a/b, a/b]',
    'services: a/b',
    'readOnly: [scripts/deploy.sh, "with space/ü", ..a, .b, -c, "a:b"]',
    'readOnly: [/etc]',
    'readOnly: [~]',
    'readOnly: [..]',
    'readOnly: [a/../b]',
    'readOnly: [a/.]',
    'readOnly: [a/]',
    'readOnly: [""]',
    'readOnly: ["*"]',
    'readOnly: ["a\\\\b"]',
    'readOnly: ["a\\0b"]',
    'readOnly: [a, a]',
    'readOnly: [1]',
    'limits: {}',
    'limits: { memory: 512m, cpus: 0.5, pids: 64 }',
    'limits: { memory: 8gb }',
    'limits: { memory: 99m }',
    'limits: { cpus: 0 }',
    'limits: { cpus: 2000 }',
    'limits: { pids: 63 }',
    'limits: { pids: 100.5 }',
    'limits: { swap: 1 }',
    'accept: [{ id: NET-01, because: it must }]',
    'accept: [{ id: NET-01 }]',
    'accept: [{ id: NET-01, because: "  " }]',
    'accept: [{ id: NET-01, because: x, until: y }]',
  ])('and the parser agree on `%s`', (line) => {
    const text = `${BASE}${line}\n`;
    expect(validate(parse(text))).toBe(parserAccepts(text));
  });

  it.each([
    'version: 1\nstack: debian\nagents: [codex]',
    'version: 1\nstack: debian\nnode: {}\nagents: [codex]',
    'version: 1\nstack: python\nagents: [codex]',
    'version: 2\nstack: debian\nagents: [codex]',
    'stack: debian\nagents: [codex]',
    'version: 1\nagents: [codex]',
    'version: 1\nstack: debian',
    'version: 1\nstack: debian\nagents: []',
    'version: 1\nstack: debian\nagents: [claude]',
    'version: 1\nstack: debian\nagents: [codex, codex]',
    '[]',
    'x',
  ])('and the parser agree on the whole file %j', (text) => {
    expect(validate(parse(text))).toBe(parserAccepts(text));
  });

  // A schema cannot say these; the parser does, so an editor's silence is no promise.
  it.each([
    'readOnly: [a, a/b]',
    'readOnly: [a, A]',
    'readOnly: [.git]',
    'readOnly: [.vscode/tasks.json]',
    'accept: [{ id: NET-01, because: a }, { id: NET-01, because: b }]',
  ])('is less strict than the parser about `%s`, and about nothing else we know of', (line) => {
    const text = `${BASE}${line}\n`;
    expect(validate(parse(text))).toBe(true);
    expect(parserAccepts(text)).toBe(false);
  });
});
