import { join, normalize } from 'node:path/posix';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDockerfile, stageChain } from '../../../src/model/dockerfile.ts';
import { memoryFiles, resolveFrom } from '../../../src/model/files.ts';
import { interpolate, interpolateDevcontainer, parseDotenv } from '../../../src/model/interpolate.ts';
import { readWorkspace } from '../../../src/model/read.ts';
import { shortPort } from '../../../src/model/run-args.ts';
import { shellFacts } from '../../../src/model/shell.ts';
import { isTelling } from '../../../src/model/telling.ts';
import { RULES } from '../../../src/rules/index.ts';

describe('interpolation', () => {
  const known = (name: string): string | undefined => ({ A: 'a', EMPTY: '' })[name];
  it.each([
    ['$A ${A}', 'a a', false],
    ['$$A $ $1 ${', '$A $ $1 ${', false],
    ['${EMPTY:-d} ${EMPTY-d} ${NO-d}', 'd  d', false],
    ['${A:+alt} ${NO:+alt}', 'alt ', false],
    ['${NO:-${A}/${ALSO:-x}}', 'a/x', false],
    ['${NO:?must be set}', '${NO:?must be set}', true],
    ['${NO}', '${NO}', true],
  ])('of %s gives %s', (text, result, open) => {
    expect(interpolate(text, known)).toMatchObject({ text: result, open });
  });

  it('knows the usual spellings of the home folder', () => {
    const scope = { workspaceFolder: '/w' };
    expect(interpolateDevcontainer('${localEnv:HOME}${localEnv:USERPROFILE}/.ssh', scope).text).toBe('~/.ssh');
    expect(interpolateDevcontainer('${localWorkspaceFolder}/x', scope).text).toBe('./x');
    expect(interpolateDevcontainer('${localEnv:X:dflt}', scope)).toMatchObject({ text: 'dflt', hostVariables: ['X'] });
    expect(interpolateDevcontainer('${templateOption:y}', scope)).toMatchObject({ open: true });
  });

  it.each([
    ['${A:-${B:-x}}y', 'ay'],
    ['${NO:-${B:-x}}y', 'xy'],
    ['${A ${A}', '${A a'],
    ['${NO:-{}}', '{}'],
    ['}${A}}', '}a}'],
  ])('of braces in %s gives %s', (text, result) => {
    expect(interpolate(text, known).text).toBe(result);
  });

  it('takes a variable of devcontainer.json up to the first brace, as the devcontainer CLI does', () => {
    const scope = { workspaceFolder: '/w' };
    expect(interpolateDevcontainer('${x${localEnv:HOME}', scope).text).toBe('${x${localEnv:HOME}');
    expect(interpolateDevcontainer('${localEnv:NO:a{b}c', scope).text).toBe('a{bc');
    expect(interpolateDevcontainer('${localEnv:HOME', scope).text).toBe('${localEnv:HOME');
  });

  it.each([
    ['A="x" # "y"', 'x'],
    ['A="x"y" # z', 'x"y'],
    ['A="x"y', '"x"y'],
    ['A="', '"'],
    ['A=""', ''],
    ['A= # x', ''],
    ['A=#x', ''],
    ['A=a#b', 'a#b'],
    ['A=a   # b', 'a'],
    ['A = a b  ', 'a b'],
  ])('of the line %s takes %s', (line, value) => {
    expect(parseDotenv(line).get('A')).toBe(value);
  });

  it('reads .env as compose does', () => {
    expect([...parseDotenv('A=1\nexport B="x # y"\n#C=2\nD=a # note\nE=\'q\'\r\nnonsense\n')]).toEqual([
      ['A', '1'],
      ['B', 'x # y'],
      ['D', 'a'],
      ['E', 'q'],
    ]);
  });
});

describe('paths', () => {
  it('come out as Node has them', () => {
    const part = fc.constantFrom('a', '.', '..', '', '.b', 'c..');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.boolean(), (parts, absolute) => {
        const path = `${absolute ? '/' : ''}${parts.join('/')}`;
        const expected = path.startsWith('/') ? normalize(path) : normalize(join('x/y', path));
        expect(resolveFrom('x/y', path)).toBe(expected === '/' ? '/' : expected.replace(/\/$/, ''));
      }),
    );
  });

  it('do not leave the home folder for one in the repository', () => {
    expect(resolveFrom('x', '~/a/../../other/.ssh')).toBe('~/../other/.ssh');
  });
});

describe('ports', () => {
  it.each([
    ['80', '', '', '80'],
    ['80:8080', '', '80', '8080'],
    ['127.0.0.1:80:8080/udp', '127.0.0.1', '80', '8080'],
    ['127.0.0.1::80', '127.0.0.1', '', '80'],
    ['[::1]:80:80', '::1', '80', '80'],
    ['::1:5:6', '::1', '5', '6'],
    ['a:b:c:d', '', '', 'a:b:c:d'],
    ['3000-3005:3000-3005', '', '3000-3005', '3000-3005'],
  ])('of %s', (text, address, published, target) => {
    expect(shortPort(text)).toEqual({ address, published, target });
  });
});

describe('a Dockerfile', () => {
  const instructions = (text: string): string[] =>
    parseDockerfile('D', text).stages.flatMap((stage) => stage.instructions.map(({ name }) => name));
  const last = (text: string): string | undefined =>
    stageChain(parseDockerfile('D', text), undefined)[0]
      ?.instructions.findLast(({ name }) => name === 'USER')
      ?.text.trim();

  it.each([
    ['a heredoc only in quotes', 'FROM a\nRUN echo "x <<EOF y"\nUSER root\n', 'root'],
    ['a heredoc only in single quotes', "FROM a\nRUN echo 'x <<EOF y'\nUSER root\n", 'root'],
    ['a heredoc with words that look like instructions', 'FROM a\nUSER one\nRUN <<EOF\nUSER two\nEOF\n', 'one'],
    ['a heredoc with a number and a dash', 'FROM a\nRUN 3<<-EOF cat\n\tUSER two\n\tEOF\nUSER one\n', 'one'],
    ['two heredocs', 'FROM a\nCOPY <<A <<B /d/\nUSER x\nA\nUSER y\nB\nUSER one\n', 'one'],
    ['a comment in a continuation', 'FROM a\nRUN b && \\\n# USER two\n\n  c\nUSER one\n', 'one'],
    ['another escape character', '# escape=`\nFROM a\nRUN dir C:\\\nUSER one\nRUN a `\nUSER two\n', 'one'],
    ['Windows line ends and a byte order mark', '\ufeffFROM a\r\nRUN b \\\r\n c\r\nUSER one\r\n', 'one'],
    ['ONBUILD', 'FROM a\nONBUILD USER two\nUSER one\n', 'one'],
    ['lower case', 'from a\nuser one\n', 'one'],
  ])('with %s ends with the right user', (_, text, user) => {
    expect(last(text)).toBe(user);
  });

  it('knows its stages, and what ARG makes of FROM', () => {
    const file = parseDockerfile('D', 'ARG V=22\nARG X\nFROM node:${V} AS base\nFROM $X AS other\nFROM base\nUSER a\n');
    expect(file.stages.map(({ from, open }) => [from.value, open])).toEqual([
      ['node:22', false],
      ['$X', true],
      ['base', false],
    ]);
    expect(stageChain(file, undefined).map(({ from }) => from.value)).toEqual(['base', 'node:22']);
    expect(stageChain(file, 'other').map(({ from }) => from.value)).toEqual(['$X']);
    expect(parseDockerfile('D', 'ARG V=22\nFROM node:$V', new Map([['V', '24']])).stages[0]?.from.value).toBe(
      'node:24',
    );
  });

  it('is read in time that grows with its length only', () => {
    expect(instructions(`FROM a\n${'RUN echo a \\\n  && b\n'.repeat(5000)}`)).toHaveLength(5000);
    expect(instructions(`FROM a\nRUN <<EOF\n${'x\n'.repeat(50_000)}`)).toHaveLength(1);
  });
});

describe('shell text', () => {
  it.each([
    'curl -fsSL https://e.x/i.sh | sh',
    'wget -qO- https://e.x | sudo -E bash -s -- --yes',
    "c'ur'l https://e.x | b\\ash",
    'bash -c "$(curl -fsSL https://e.x)"',
    'bash <(curl https://e.x)',
    'eval "$(wget -O - https://e.x)"',
    'su dev -c "curl https://e.x | sh"',
    'curl https://e.x | tee /tmp/x | env A=b sh',
    'curl -o /tmp/i https://e.x; bash /tmp/i',
    'wget https://e.x -O i.sh && chmod +x i.sh && ./i.sh',
    'curl https://e.x > i.sh && sh i.sh',
    'if true; then (curl https://e.x | python3 -); fi',
  ])('that executes a download: %s', (text) => {
    expect(shellFacts(text, 'f', 0).piped).toHaveLength(1);
  });

  it.each([
    'curl https://e.x | tar xz',
    'curl https://e.x | gpg --dearmor > /k',
    'curl https://e.x | jq . | python3 -m json.tool',
    'echo "curl https://e.x | sh"',
    '# curl https://e.x | sh',
    'curl -o i https://e.x && echo "abc i" | sha256sum -c - && sh i',
    'cat script | sh',
    'sh -c "curl https://e.x -o data.json"',
  ])('that does not: %s', (text) => {
    expect(shellFacts(text, 'f', 0).piped).toEqual([]);
  });
});

describe('a command with so many options that nobody counts them', () => {
  it.each([
    `chmod${' -R'.repeat(21)} 777 /etc`,
    `sudo${' -E'.repeat(30)} ./x.sh`,
    `git config credential.https://e.x/${'a'.repeat(300)}.helper store`,
  ])('is read: %s', (text) => {
    expect(isTelling(text)).toBe(true);
  });
});

describe('a shell text that the parser cannot follow', () => {
  const nested = (text: string, times: number): string =>
    times === 0 ? text : nested(`sh -c '${text.replaceAll("'", "'\\''")}'`, times - 1);

  it.each([
    ['brackets that are never closed', '$('.repeat(600), /brackets are open at a time/],
    ['functions in functions', 'f() {'.repeat(600), /brackets are open at a time/],
    ['conditions in conditions', 'if a; then '.repeat(20_000), /nested too deeply/],
    ['a row of here-documents', 'cat <<E\n'.repeat(3_000), /`<<` more than 2000 times/],
    ['the same in a text of its own', `sh -c '${'$('.repeat(600)}'`, /brackets are open/],
    ['texts in texts', nested('curl https://e.x | sh', 10), /nested too deeply/],
  ])('is told: %s', (_, text, reason) => {
    expect(shellFacts(text, 'f', 0).unread).toMatch(reason);
  });

  it('comes up in what was not checked, with its place', async () => {
    const source = `{ "image": "debian", "initializeCommand": "${'$('.repeat(600)}" }`;
    const { workspace } = await readWorkspace(memoryFiles({ '.devcontainer.json': source }), ['.devcontainer.json']);
    expect(workspace.notChecked).toEqual([
      expect.objectContaining({ file: '.devcontainer.json', reason: expect.stringMatching(/brackets are open/) }),
    ]);
  });

  it.each([
    ['brackets one behind the other', 'a $(b); '.repeat(1_000)],
    ['here-strings', 'read a <<< b\n'.repeat(3_000)],
    ['some brackets in a comment', `a # ${':( '.repeat(300)}`],
  ])('is not one that has %s', (_, text) => {
    expect(shellFacts(text, 'f', 0).unread).toBeUndefined();
  });

  it('has what is in texts in texts read', () => {
    expect(shellFacts(nested('curl https://e.x | sh', 6), 'f', 0).piped).toHaveLength(1);
  });
});

// Generous: a busy machine needs seconds for what takes milliseconds.
describe('any input at all', { timeout: 60_000 }, () => {
  const audit = async (files: Record<string, string>): Promise<void> => {
    const { workspace } = await readWorkspace(memoryFiles(files));
    for (const rule of RULES) {
      for (const { at } of rule.check(workspace, undefined)) expect(at.end).toBeGreaterThanOrEqual(at.start);
    }
  };
  const words = fc.constantFrom(
    ...['image', 'build', 'dockerfile', 'D', 'dockerComposeFile', 'c.yaml', 'service', 'services', 'mounts', 'volumes'],
    ...[
      'runArgs',
      '--cap-add',
      '-v',
      '${',
      '${localEnv:X}',
      '/var/run/docker.sock:/x',
      'features',
      './f',
      'environment',
    ],
    ...[
      'extends',
      'include',
      'networks',
      'ports',
      '80:80',
      'initializeCommand',
      'sh -c',
      'privileged',
      'user',
      'root',
      '',
    ],
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      words,
      fc.boolean(),
      fc.integer(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(words, tie('value'), { maxKeys: 6 }),
    ),
  }));

  it('of the right shape never crashes an audit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(words, value), fc.dictionary(words, value), async (config, compose) => {
        const files = {
          'devcontainer.json': JSON.stringify({ ...config, dockerComposeFile: 'c.yaml' }),
          'c.yaml': JSON.stringify(compose),
        };
        await audit(files);
        await audit({
          'devcontainer.json': JSON.stringify(config),
          D: 'FROM a\n',
          'f/devcontainer-feature.json': JSON.stringify(compose),
        });
      }),
      { numRuns: 150 },
    );
  });

  it('of a Dockerfile, its scripts and env files never crashes an audit, and every place lies in its file', async () => {
    const part = fc.constantFrom(
      ...['FROM a', 'FROM ${X} AS b', 'from b', 'ARG X=1', 'ARG', 'ENV A=$X B', 'USER ${X:-root}', 'ONBUILD USER x'],
      ...[
        'RUN <<EOF',
        'EOF',
        'COPY <<EOF /s.sh',
        'COPY --from=b x /y',
        'COPY ["s.sh", "/opt/"]',
        'COPY *.sh /[',
        'ADD . /',
      ],
      ...[
        'RUN bash /opt/s.sh && \\',
        '# note',
        '  && curl x | sh',
        '# escape=`',
        'WORKDIR ../..',
        'RUN ["sh", "-c',
        '\ufeff',
      ],
      ...['cd .. && ./s.sh', '. $D/s.sh', 'A="${templateOption:x}"', 'export B', "A='", '"', '$(', '${', '\u0000'],
    );
    const text = fc
      .array(part, { maxLength: 12 })
      .chain((lines) => fc.constantFrom('\n', '\r\n', ' ').map((end) => lines.join(end)));
    await fc.assert(
      fc.asyncProperty(text, text, text, async (Dockerfile, script, env) => {
        const files = {
          'devcontainer.json':
            '{ "dockerComposeFile": "c.yaml", "service": "a", "postCreateCommand": "./s.sh", "initializeCommand": "sh s.sh" }',
          'c.yaml': JSON.stringify({
            services: { a: { build: '.', env_file: 'e' }, b: { build: { dockerfile_inline: Dockerfile } } },
          }),
          Dockerfile,
          's.sh': script,
          e: env,
        };
        const { workspace } = await readWorkspace(memoryFiles(files));
        const lengths = new Map(Object.entries(files).map(([file, content]) => [file, content.length]));
        for (const problem of RULES.flatMap((rule) => [...rule.check(workspace, undefined)])) {
          expect(problem.at.start).toBeLessThanOrEqual(problem.at.end);
          expect(problem.at.end).toBeLessThanOrEqual(lengths.get(problem.at.file) ?? -1);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('that is only characters never crashes an audit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
        await audit({ 'devcontainer.json': text });
        await audit({ 'compose.yaml': text });
        await audit({
          'devcontainer.json': '{ "build": { "dockerfile": "D" }, "postCreateCommand": "bash s.sh" }',
          D: text,
          's.sh': `curl x | ${text}`,
        });
      }),
      { numRuns: 150 },
    );
  });
});
