import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';

const SRC = resolve('src');

/** What each layer may import, besides itself: the table of AGENTS.md, which people read and this test enforces. */
const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map(
  [...readFileSync('AGENTS.md', 'utf8').matchAll(/^\| (\w+) \| [^|]+ \| ([\w, ]+|–) \|$/gm)].map(
    ([, layer = '', allowed = '']) => [layer, allowed === '–' ? [] : allowed.split(', ')],
  ),
);

/** Layers that may use Node itself; everything else is pure. */
const MAY_USE_NODE = ['host', 'sidecars', 'prober', 'cli', 'verbs'];
const GLOBALS = /\b(?:process|Date|fetch|setTimeout|setInterval)\b(?=[.(])|\bMath\.random\b/;
const MAX_LINES = 300;

interface Source {
  readonly path: string;
  readonly text: string;
}

function sources(folder: string): Source[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return path.endsWith('.ts') && !path.endsWith('.d.ts')
      ? [{ path: relative(SRC, path), text: readFileSync(path, 'utf8') }]
      : [];
  });
}

function imports(text: string): string[] {
  const { module } = parseSync('x.ts', text);
  return [
    ...module.staticImports.map((found) => found.moduleRequest.value),
    ...module.staticExports.flatMap((found) => found.entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...module.dynamicImports.map((found) => text.slice(found.moduleRequest.start + 1, found.moduleRequest.end - 1)),
  ];
}

function violations({ path, text }: Source): string[] {
  const layer = path.split('/')[0] ?? '';
  if (!path.includes('/')) return []; // index.ts: the public face
  const allowed = MAY_IMPORT.get(layer);
  if (!allowed) return [`${path}: ${layer} is not a layer; known: ${[...MAY_IMPORT.keys()].join(', ')}`];
  const found: string[] = [];
  for (const specifier of imports(text)) {
    if (specifier.startsWith('.')) {
      const target = posix.normalize(posix.join(dirname(path), specifier)).split('/')[0] ?? '';
      if (target !== layer && !allowed.includes(target)) {
        found.push(`${path} → ${target}, allowed: ${allowed.join(', ') || 'nothing'}`);
      }
    } else if (specifier.startsWith('node:') && specifier !== 'node:path/posix' && !MAY_USE_NODE.includes(layer)) {
      found.push(`${path} → ${specifier}, allowed in: ${MAY_USE_NODE.join(', ')}`);
    }
  }
  if (!MAY_USE_NODE.includes(layer)) {
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/gm, '');
    const use = GLOBALS.exec(code);
    if (use)
      found.push(`${path} uses ${use[0]}: clocks, randomness and the process belong to ${MAY_USE_NODE.join(', ')}`);
  }
  const lines = text.split('\n').length;
  if (lines > MAX_LINES) found.push(`${path} has ${lines} lines, allowed: ${MAX_LINES}`);
  return found;
}

describe('the house rules', () => {
  it('name only layers that the table has', () => {
    expect(MAY_IMPORT.size).toBeGreaterThan(10);
    expect([...MAY_IMPORT.values()].flat().filter((layer) => !MAY_IMPORT.has(layer))).toEqual([]);
  });

  it('hold for every file', () => {
    expect(sources(SRC).flatMap(violations)).toEqual([]);
  });

  it('are noticed when broken', () => {
    expect(violations({ path: 'rules/x.ts', text: "import { run } from '../host/run.ts';" })).toHaveLength(1);
    expect(violations({ path: 'model/x.ts', text: "import { readFileSync } from 'node:fs';" })).toHaveLength(1);
    expect(violations({ path: 'core/x.ts', text: "export type { Policy } from '../policy/policy.ts';" })).toHaveLength(
      1,
    );
    expect(violations({ path: 'probes/x.ts', text: 'const now = Date.now();' })).toHaveLength(1);
    expect(violations({ path: 'plans/x.ts', text: "const { run } = await import('../host/run.ts');" })).toHaveLength(1);
    expect(violations({ path: 'core/x.ts', text: '\n'.repeat(MAX_LINES) })).toHaveLength(1);
    expect(violations({ path: 'nowhere/x.ts', text: '' })).toHaveLength(1);
  });
});
