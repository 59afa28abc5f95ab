import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { CLI, Scratch } from '../support/cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

type Files = Readonly<Record<string, string>>;
const config = (value: object): Files => ({ 'devcontainer.json': JSON.stringify({ image: 'debian', ...value }) });
const dockerfile = (text: string): Files => ({
  'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
  Dockerfile: `FROM debian\n${text}\n`,
});
const command = (text: string): Files => config({ postCreateCommand: text });
const git = (text: string): Files => config({ postCreateCommand: ['git', 'config', text] });
const envFile = (text: string): Files => ({
  'devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
  'compose.yaml': 'services:\n  dev:\n    image: debian\n    env_file: .env.dev\n',
  '.env.dev': text,
});

/** The findings' rules and the reasons for what was not checked. Ended at a limit that only what hangs comes near. */
function audited(files: Files): { rules: Set<string>; unread: readonly string[] } {
  const folder = scratch.folder(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`.devcontainer/${name}`, text])),
  );
  const { status, stderr, stdout } = spawnSync(process.execPath, [CLI, 'audit', '--format', 'json'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: 100_000,
  });
  expect(stderr).toBe('');
  expect([1, 3]).toContain(status);
  const report: { findings: { rule: string }[]; notChecked: { reason: string }[] } = JSON.parse(stdout);
  return {
    rules: new Set(report.findings.map(({ rule }) => rule)),
    unread: report.notChecked.map(({ reason }) => reason),
  };
}

// Patterns and loops that took the square of the length: a quarter of these texts took more than 15 seconds each.
describe('a long text of one kind does not hold up the audit', { timeout: 120_000 }, () => {
  it.each([
    ['words with dots, as a command', 'a.', command],
    ['words with dashes', 'x-', command],
    ['almost a token', 'SG.', command],
    ['empty lines', '\n', command],
    ['a verb again and again', 'unset ', command],
    ['names of git’s settings', 'http.', git],
    ['names of git’s settings for credentials', 'credential.', git],
    ['options of curl', 'k', (text: string) => config({ postCreateCommand: ['curl', `-${text}-`, 'https://e.x'] })],
    ['variables that never end, as a mount', '${A:', (text: string) => config({ mounts: [text] })],
    ['a verb in an instruction', 'remove ', (text: string) => dockerfile(`RUN ${text}`)],
    ['space in an old ENV', '\t', (text: string) => dockerfile(`ENV A ${text}=`)],
    ['escapes in a list', '\\"', (text: string) => dockerfile(`COPY [${text}`)],
    ['space in an env file', '\t', (text: string) => envFile(`B=b${text}=c\n`)],
  ])('%s', (_, unit, files) => {
    expect(audited(files(`x${unit.repeat(1_000_000 / unit.length)}x`)).unread).toEqual([]);
  });

  it('secrets, each of which is found', () => {
    expect(audited(command('PAT=k3v-9QzT; '.repeat(20_000))).rules).toContain('inline-secret');
  });

  it.each([
    ['folders that a script changes to', command('cd a;./b.c;'.repeat(20_000)), []],
    [
      'different ones',
      command([...Array(5_000).keys()].map((i) => `cd a${i};./b${i}.c`).join(';')),
      [expect.stringMatching(/more words that may be files/)],
    ],
    [
      'copies, and words that may be their files',
      {
        'devcontainer.json': JSON.stringify({
          build: { dockerfile: 'Dockerfile' },
          postStartCommand: [...Array(4_000).keys()].map((i) => `/b/c${i}`).join(';'),
        }),
        Dockerfile: `FROM debian\n${[...Array(4_000).keys()].map((i) => `COPY a${i} /b/`).join('\n')}\n`,
      },
      [expect.stringMatching(/more words that may be files/)],
    ],
    [
      'a pattern and the name of a file, both longer than names are',
      {
        'devcontainer.json': JSON.stringify({
          build: { dockerfile: 'Dockerfile' },
          postStartCommand: `/opt/${'a'.repeat(600_000)}`,
        }),
        Dockerfile: `FROM debian\nCOPY *${'a'.repeat(300_000)}b /opt/\n`,
      },
      [],
    ],
    [
      'substitutions in substitutions',
      command(`curl x | sh; ${'eval $('.repeat(25)}${'b;'.repeat(40_000)}b${')'.repeat(25)}`),
      [],
    ],
  ])('%s', (_, files, unread) => {
    expect(audited(files).unread).toEqual(unread);
  });
});

describe('what grows too large is told, and the audit goes on', { timeout: 120_000 }, () => {
  it.each([
    ['functions in functions', config({ initializeCommand: 'f() {'.repeat(50_000) }), /brackets are open at a time/],
    ['here-documents', config({ initializeCommand: 'cat <<E '.repeat(50_000) }), /`<<` more than/],
    [
      'variables that double',
      dockerfile(
        [
          'ENV A0=aaaaaaaaaaaaaaaa',
          ...[...Array(40).keys()].map((i) => `ENV A${i + 1}=$A${i}$A${i}`),
          'FROM b:$A40',
        ].join('\n'),
      ),
      /which image/,
    ],
  ])('%s', (_, files, reason) => {
    expect(audited(files).unread).toEqual([expect.stringMatching(reason)]);
  });

  it('files that each include the next one ten times', () => {
    const next = (i: number): string =>
      `include: [${Array(10)
        .fill(`c${i + 1}.yaml`)
        .join(', ')}]\n`;
    const files = Object.fromEntries([...Array(12).keys()].map((i) => [`c${i}.yaml`, next(i)]));
    const { unread } = audited({
      ...files,
      'devcontainer.json': '{ "dockerComposeFile": "c0.yaml", "service": "dev" }',
      'c12.yaml': 'services:\n  dev:\n    image: debian\n',
    });
    expect(unread).toContainEqual(expect.stringMatching(/included more than 1000 times/));
  });

  it('one file, named again and again', () => {
    const { unread } = audited({
      'devcontainer.json': JSON.stringify({ dockerComposeFile: Array(100_000).fill('c.yaml'), service: 'dev' }),
      'c.yaml': 'services:\n  dev:\n    image: debian\n    env_file: [a, b, c]\n',
    });
    expect(unread).toContainEqual(expect.stringMatching(/named or included more than 1000 times/));
  });

  it('not for commands in a text of their own', () => {
    const { rules, unread } = audited(command(`sh -c 'curl x | sh;${'b;'.repeat(130_000)}'`));
    expect(unread).toEqual([]);
    expect(rules).toContain('piped-install');
  });
});
