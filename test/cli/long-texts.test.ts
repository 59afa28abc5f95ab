import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { CLI, Scratch } from '../support/cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const LENGTH = 250_000;
const long = (unit: string): string => unit.repeat(Math.ceil(LENGTH / unit.length));
/** Puts the shell's parser to work. */
const PARSED = 'curl x | sh; chmod 777 /etc; ';

type Files = Readonly<Record<string, string>>;
const config = (value: object): Files => ({ 'devcontainer.json': JSON.stringify({ image: 'debian', ...value }) });
const dockerfile = (text: string): Files => ({
  'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
  Dockerfile: `FROM debian\n${text}\n`,
});
const compose = (service: object, more: Files = {}): Files => ({
  'devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
  'compose.yaml': JSON.stringify({ services: { dev: { image: 'debian', ...service } } }),
  ...more,
});

/**
 * Each took from seconds to minutes once, at a tenth of this length: its time grew with the square of it, or worse. Now all
 * of a place take about as long as starting the program does a few times, so the limit is no measurement.
 */
const PLACES: readonly (readonly [string, readonly string[], (text: string) => Files])[] = [
  [
    'a command',
    [
      'a.',
      'SG.',
      '\n',
      'a\n',
      '\r\t',
      'permit setenv{',
      'remove ',
      'sudo a=',
      'unset ',
      'unset\t',
      'credential',
      'sed ',
    ],
    (text) => config({ postCreateCommand: text }),
  ],
  [
    'a command that is parsed',
    [
      'f() {',
      '$(',
      '(',
      '${A:-',
      'if a; then ',
      '<<E',
      '<<E\n',
      'http.',
      'credential.',
      'jdwp=',
      'dlv ',
      'deb [',
      '-k',
      '==',
    ],
    (text) => config({ initializeCommand: PARSED + text }),
  ],
  [
    'a word of a command',
    ['http.', 'k', '#', '=', 'docker', 'aw', '12345sa', 'changeme', 'minioadmin'],
    (text) => config({ postCreateCommand: ['git', 'curl', 'chmod', `-${text}`, text, `https://e.x/${text}`] }),
  ],
  [
    'a mount',
    ['${A:', '${', '${DBUS', '../', '/AppData/Local/', 'a,'],
    (text) => config({ mounts: [text], runArgs: ['-v', text] }),
  ],
  [
    'a variable',
    ['${A:', '12345', 'SA123450', 'changeme', 'a='],
    (text) => config({ containerEnv: { TOKEN: text, DB_PASSWORD: text } }),
  ],
  [
    'an instruction',
    ['${A', '${A:-', '0', '\t', '<<', 'del ', '"', '\\"', 'a="'],
    (text) => dockerfile(`RUN ${text}\nENV A=${text}\nENV A ${text}=\nCOPY [${text}\nARG ${text}`),
  ],
  ['a Dockerfile', ['\t', '# a=\t', '\n', '#\n'], (text) => dockerfile(text)],
  [
    'a service',
    ['${', '${A:-', '../', '='],
    (text) => compose({ command: text, ports: [text], volumes: [text], environment: { A: text } }),
  ],
  [
    'an env file',
    ['"\t#"', '\t', 'a=" #', '#'],
    (text) => compose({ env_file: '.env.dev' }, { '.env.dev': `A="${text}\n${text}\nB=b${text}c\n` }),
  ],
];

describe('a long text of one kind does not hold up the audit', () => {
  it.each(PLACES)('as %s', { timeout: 120_000 }, (_, units, files) => {
    const folder = scratch.folder(
      Object.fromEntries(
        units.flatMap((unit, index) =>
          Object.entries(files(long(unit))).map(([name, text]) => [`.devcontainer/${index}/${name}`, text]),
        ),
      ),
    );
    const { status, stderr, stdout } = spawnSync(process.execPath, [CLI, 'audit', '--format', 'json'], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      timeout: 100_000,
    });
    expect(stderr).not.toContain('internal');
    expect([1, 3]).toContain(status);
    expect(JSON.parse(stdout)).toMatchObject({ summary: {} });
  });
});
