import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToolError } from '../../src/core/errors.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { printPolicy } from '../../src/policy/print.ts';
import { BASE, policies } from '../support/policies.ts';
import { samplePolicy } from '../support/policy.ts';

/** The error that a text gives; a text that gives none, or one that is no ToolError, fails the test. */
function faultOf(text: string): ToolError {
  try {
    parsePolicy(text);
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe('a policy', () => {
  it('gets the defaults for what it does not mention', () => {
    expect(parsePolicy(BASE).policy).toEqual(samplePolicy({ agents: ['codex'] }));
  });

  it('says where each of its values is written, and where the value around it is when it is a default', () => {
    const text = `${BASE}readOnly: [a, bb]\nlimits: { pids: 100 }\n`;
    const { where } = parsePolicy(text);
    const written = (path: string): string => text.slice(where(path).start, where(path).end);
    expect(written('readOnly.1')).toBe('bb');
    expect(written('limits.pids')).toBe('100');
    expect(written('limits.cpus')).toBe('{ pids: 100 }');
    expect(where('egress').file).toBe('.devcontainer/cofferdam.yaml');
  });

  it('is the same after it was printed and read again, whatever it holds', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        expect(parsePolicy(printPolicy(policy, '1.2.3')).policy).toEqual(policy);
      }),
      { numRuns: 500 },
    );
  });

  it('may start with a byte order mark and have Windows line ends', () => {
    expect(parsePolicy(`\ufeff${BASE.replaceAll('\n', '\r\n')}`).policy.agents).toEqual(['codex']);
  });
});

describe('a broken policy', () => {
  it.each([
    // text, code, line:column, what the message says, what the next step says
    ['', 'policy-invalid', '1:1', 'empty', 'init'],
    ['# only a comment\n', 'policy-invalid', '1:1', 'empty', 'init'],
    ['hello', 'policy-invalid', '1:1', 'must be a mapping', ''],
    ['- a', 'policy-invalid', '1:1', 'must be a mapping', ''],
    [`${BASE}agnets: []`, 'policy-invalid', '4:1', 'did you mean `agents`', 'Allowed: version, stack'],
    [`${BASE}limits: { cpu: 1 }`, 'policy-invalid', '4:11', 'did you mean `cpus`', 'Allowed in `limits`: memory'],
    [`${BASE}node: { verison: "22" }`, 'policy-invalid', '4:9', 'did you mean `version`', 'packageManager'],
    [`${BASE}accept: [{ id: NET-01, becuase: x }]`, 'policy-invalid', '4:24', 'did you mean `because`', ''],
    [`${BASE}docker: raed`, 'policy-invalid', '4:9', 'did you mean `read`', 'Allowed: none, read'],
    [`${BASE}docker:`, 'policy-invalid', '4:8', 'has no value', 'Allowed: none, read'],
    [`${BASE}docker: true`, 'policy-invalid', '4:9', 'is true, which is not allowed', 'none, read'],
    [`${BASE}egress: allowlist`, 'policy-invalid', '4:9', 'later version', 'This version has: open'],
    [`${BASE}ipc: guards`, 'policy-invalid', '4:6', 'did you mean `guard`', 'Allowed: prevent, guard, allow'],
    [`${BASE}docker: sandbox`, 'policy-invalid', '4:9', 'sandboxed', 'none, read'],
    [
      `${BASE}sandbox: { images: [Postgres] }`,
      'policy-invalid',
      '4:21',
      'an image such as postgres:16',
      'editors that know',
    ],
    [`${BASE}egress: allowlist`, 'policy-invalid', '4:9', 'later version', 'open'],
    [`${BASE}egress: { mode: allowlist, hosts: [a] }`, 'policy-invalid', '4:9', 'later version', 'open'],
    [`${BASE}actions: []`, 'policy-invalid', '4:10', 'a mapping', 'schemas'],
    ['version: 2\nstack: node\nagents: [codex]', 'policy-invalid', '1:10', '`version` is 2', 'later cofferdam'],
    ['version: "1"\nstack: node\nagents: [codex]', 'policy-invalid', '1:10', '`version` is "1"', 'Allowed: 1'],
    ['stack: node\nagents: [codex]', 'policy-invalid', '1:1', '`version` is missing', 'Add `version:`'],
    ['version: 1\nstack: debian\nnode: {}\nagents: [codex]', 'policy-invalid', '3:1', 'no effect', 'stack: node'],
    ['version: 1\nstack: node\nagents: []', 'policy-invalid', '3:9', 'at least 1', ''],
    ['version: 1\nstack: node\nagents: [codex, codex]', 'policy-invalid', '3:17', 'twice', 'Remove'],
    [`${BASE}node: { version: 22.10 }`, 'policy-invalid', '4:18', 'reads as 22.1', '"22.10"'],
    [`${BASE}node: { version: 22 }`, 'policy-invalid', '4:18', 'must be a text', '"22"'],
    [`${BASE}node: { version: "16" }`, 'policy-invalid', '4:18', 'from 18 on', ''],
    [`${BASE}node: { packageManager: pnpm }`, 'policy-invalid', '4:25', 'exact version', ''],
    [`${BASE}node: { packageManager: pnmp@9.1.0 }`, 'policy-invalid', '4:25', 'exact version', 'pnpm'],
    [`${BASE}node: { packageManager: "pnpm@9.1.0+sha512.ab" }`, 'policy-invalid', '4:25', '', 'pnpm@9.1.0'],
    [`${BASE}services:`, 'policy-invalid', '4:10', 'has no value', '[]'],
    [`${BASE}services: db`, 'policy-invalid', '4:11', 'must be a list', ''],
    [`${BASE}services: [db]`, 'policy-invalid', '4:12', 'PROJECT/SERVICE', ''],
    [`${BASE}services: [a/b, a/b]`, 'policy-invalid', '4:17', 'twice', 'Remove'],
    [`${BASE}readOnly: [/etc]`, 'policy-invalid', '4:12', 'below the workspace', 'workspace folder'],
    [`${BASE}readOnly: [~/x]`, 'policy-invalid', '4:12', 'below the workspace', 'workspace folder'],
    [`${BASE}readOnly: ["C:/x"]`, 'policy-invalid', '4:12', 'below the workspace', 'workspace folder'],
    [`${BASE}readOnly: [a/../../x]`, 'policy-invalid', '4:12', 'below the workspace', '`..`'],
    [`${BASE}readOnly: [./a]`, 'policy-invalid', '4:12', 'below the workspace', '`..`'],
    [`${BASE}readOnly: [.]`, 'policy-invalid', '4:12', 'below the workspace', 'whole workspace'],
    [`${BASE}readOnly: [""]`, 'policy-invalid', '4:12', 'below the workspace', 'empty'],
    [`${BASE}readOnly: [a//b]`, 'policy-invalid', '4:12', 'below the workspace', ''],
    [`${BASE}readOnly: [a/]`, 'policy-invalid', '4:12', 'below the workspace', 'last slash: a'],
    [`${BASE}readOnly: [a\\b]`, 'policy-invalid', '4:12', 'below the workspace', 'forward slashes'],
    [`${BASE}readOnly: ["*.sh"]`, 'policy-invalid', '4:12', 'below the workspace', 'not expanded'],
    [`${BASE}readOnly: ["a\\0"]`, 'policy-invalid', '4:12', 'below the workspace', ''],
    [`${BASE}readOnly: ["\\ud800"]`, 'policy-invalid', '4:12', 'below the workspace', ''],
    [`${BASE}readOnly: [a, a]`, 'policy-invalid', '4:15', 'twice', ''],
    [`${BASE}readOnly: [a/b, a]`, 'policy-invalid', '4:12', 'inside of a', ''],
    [`${BASE}readOnly: [a, A]`, 'policy-invalid', '4:15', 'upper and lower case', ''],
    [`${BASE}readOnly: [.git]`, 'policy-invalid', '4:12', 'must stay writable', ''],
    [`${BASE}readOnly: [.GIT]`, 'policy-invalid', '4:12', 'must stay writable', ''],
    [`${BASE}readOnly: [.git/hooks]`, 'policy-invalid', '4:12', 'every box', 'Remove'],
    [`${BASE}readOnly: [.vscode/tasks.json]`, 'policy-invalid', '4:12', 'every box', 'Remove'],
    [`${BASE}limits: { memory: 8 }`, 'policy-invalid', '4:19', 'must be a text', '8g'],
    [`${BASE}limits: { memory: 8gb }`, 'policy-invalid', '4:19', 'such as 512m', ''],
    [`${BASE}limits: { memory: "0g" }`, 'policy-invalid', '4:19', 'such as 512m', ''],
    [`${BASE}limits: { cpus: 0 }`, 'policy-invalid', '4:17', 'at least 0.1', ''],
    [`${BASE}limits: { cpus: -1 }`, 'policy-invalid', '4:17', 'at least 0.1', ''],
    [`${BASE}limits: { cpus: .nan }`, 'policy-invalid', '4:17', 'must be a number', ''],
    [`${BASE}limits: { cpus: .inf }`, 'policy-invalid', '4:17', 'must be a number', ''],
    [`${BASE}limits: { cpus: two }`, 'policy-invalid', '4:17', 'must be a number', ''],
    [`${BASE}limits: { pids: 63 }`, 'policy-invalid', '4:17', 'at least 64', ''],
    [`${BASE}limits: { pids: 1.5 }`, 'policy-invalid', '4:17', 'whole number', ''],
    [`${BASE}accept: [{ id: NET-01, because: " " }]`, 'policy-invalid', '4:33', 'reason', ''],
    [`${BASE}accept: [{ id: "net 1", because: x }]`, 'policy-invalid', '4:16', 'name of an attack', ''],
    [`${BASE}__proto__: {}`, 'policy-invalid', '4:1', 'unknown key `__proto__`', ''],
    [`${BASE}constructor: {}`, 'policy-invalid', '4:1', 'unknown key `constructor`', ''],
    [`${BASE}1: x`, 'policy-invalid', '4:1', 'unknown key `1`', ''],
    [`${BASE}\tdocker: read`, 'policy-syntax', '4:1', 'tab', ''],
    [`${BASE}stack: node`, 'policy-syntax', '4:1', 'twice', ''],
    [`${BASE}docker: a: b`, 'policy-syntax', '4:9', 'colon', 'no file was changed'],
    [`${BASE}docker: "read`, 'policy-syntax', '4:14', 'quote', ''],
    [`${BASE}docker: &a read`, 'policy-syntax', '4:12', 'anchors', ''],
    [`${BASE}docker: *a`, 'policy-syntax', '4:9', '', ''],
    [`${BASE}docker: !!str read`, 'policy-syntax', '4:15', 'tags', ''],
    [`${BASE}docker: !secret read`, 'policy-syntax', '4:9', 'tags', ''],
    [`${BASE}<<: { docker: none }`, 'policy-syntax', '4:1', 'merge keys', ''],
    [`${BASE}? [a]\n: b`, 'policy-syntax', '4:3', 'key must be a text', ''],
    [`${BASE}---\n${BASE}`, 'policy-syntax', '4:1', 'second document', ''],
    [`%YAML 1.1\n---\n${BASE}`, 'policy-syntax', '1:1', 'YAML 1.2', ''],
    [`${BASE}a: \u0000`, 'policy-syntax', '4:4', 'control character', ''],
    ['['.repeat(50_000), 'policy-syntax', '1:21', 'too deeply', ''],
    ['- '.repeat(50_000), 'policy-syntax', '1:1', 'too deeply', ''],
    ['? '.repeat(50_000), 'policy-syntax', '1:1', 'too deeply', ''],
  ])('%j is refused at its place', (text, code, place, message, hint) => {
    const error = faultOf(text);
    expect(error.code).toBe(code);
    expect(error.message).toContain(`.devcontainer/cofferdam.yaml:${place}: `);
    expect(error.message).toContain(message);
    expect(error.message.split('\n').filter((line) => !line.startsWith('also, '))).toHaveLength(3);
    expect(error.hint).toContain(hint);
    expect(error.hint).not.toBe('');
  });

  it('shows the line and marks the place', () => {
    expect(faultOf(`${BASE}docker: raed # as always\n`).message).toBe(
      [
        '.devcontainer/cofferdam.yaml:4:9: `docker` is "raed"; did you mean `read`?',
        '  4 | docker: raed # as always',
        '    |         ^^^^',
      ].join('\n'),
    );
  });

  it('reports the first fault with its place, three others with their lines, and counts the rest', () => {
    const { message } = faultOf(`${BASE}docker: x\negress: y\ntopology: z\na: 1\nb: 2\n`);
    expect(message).toContain('4:9: `docker` is "x", which is not allowed\n');
    expect(message.split('\n').slice(3)).toEqual([
      'also, line 5: `egress` is "y", which is not allowed',
      'also, line 6: `topology` is "z", which is not allowed',
      'also, line 7: unknown key `a`',
      'and 1 more',
    ]);
  });

  it.each([
    ['a key that is indented by mistake', 'version: 1\n  stack: node\n', '2:3: this key is indented'],
    ['the same behind a comment', 'version: 1\n# c\n\n    stack: node\n', '4:5: this line is indented'],
    ['a second colon', 'version: 1\nstack: node: x\n', '2:8: there is a second colon'],
    ['the first item of a list', 'version: 1\nstack: node\nagents: [cod]\n', 'item 1 of `agents` is "cod"'],
    ['a key of an item', `${BASE}accept: [{ id: 5, because: x }]\n`, '`id` of item 1 of `accept`'],
  ])('names %s', (_, text, says) => {
    expect(faultOf(text).message).toContain(says);
  });

  it('neither shows nor counts a byte order mark', () => {
    const { message } = faultOf('\ufeffversoin: 1\nstack: node\nagents: [codex]\n');
    expect(message).toContain('yaml:1:1: unknown key `versoin`');
    expect(message).toContain('\n  1 | versoin: 1\n    | ^^^^^^^');
  });

  it('cannot multiply itself with aliases', () => {
    const bomb = `a: &a [x, x]\n${'bcdefghij'
      .split('')
      .map((name, index) => `${name}: &${name} [${`*${'abcdefghij'[index]}, `.repeat(9)}]\n`)
      .join('')}`;
    expect(faultOf(bomb).code).toBe('policy-syntax');
  });

  it('never crashes the parser, whatever the text', () => {
    const yamlish = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            'version: 1',
            'stack',
            ': ',
            '\n',
            '\n  ',
            '- ',
            '{',
            '}',
            '[',
            ']',
            '"',
            "'",
            '|',
            '>',
            '&a ',
          ),
          fc.constantFrom('*a', '!!', '<<', '? ', '---\n', '...\n', '%YAML 1.2\n', '\t', '#', '~', '.nan', '\\u', ','),
          fc.string({ maxLength: 5, unit: 'binary' }),
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join(''));
    const broken = fc
      .tuple(policies, fc.nat(), fc.nat({ max: 3 }), fc.string({ maxLength: 3, unit: 'binary' }))
      .map(([policy, at, cut, put]) => {
        const text = printPolicy(policy, '1.2.3');
        const place = at % text.length;
        return text.slice(0, place) + put + text.slice(place + cut);
      });
    fc.assert(
      fc.property(fc.oneof(yamlish, broken), (text) => {
        try {
          parsePolicy(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ToolError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
