import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Actions, startActionsSidecar } from '../support/actions.ts';
import { type Cli, cofferdam } from '../support/box.ts';
import { BASE } from '../support/policies.ts';

const POLICY = `actions:
  both:
    describe: uses both outputs and ends with 3
    run: [sh, -c, "echo out; echo err >&2; exit 3"]
  typed:
    describe: prints its words
    run: [echo, "--n={n}", "--on={on}", "--way={way}", "--text={text}"]
    arguments:
      n: { type: integer, minimum: -5, maximum: 5 }
      on: { type: boolean, default: false }
      way: { type: enum, values: [up, down], default: up }
      text: { type: string, pattern: ".*", required: false }
  once:
    describe: once a minute
    run: ["true"]
    perMinute: 1
  endless:
    describe: prints without an end
    run: [sh, -c, "while :; do echo more; done"]
    output: 100000
`;

describe('the client in the box', () => {
  let actions: Actions;
  beforeAll(async () => {
    actions = await startActionsSidecar(POLICY);
  });
  afterAll(() => actions.stop());

  const client = (port: number, ...words: string[]): Pick<Cli, 'code' | 'stdout' | 'stderr'> => {
    const text = readFileSync('src/plans/templates/actions-client.tmpl', 'utf8')
      .replace('@HOST@', '127.0.0.1')
      .replace('@PORT@', String(port))
      .replace('@TOKEN@', join(actions.folder, 'token'));
    const file = join(actions.folder, 'client.cjs');
    writeFileSync(file, text);
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, 'action', ...words], { encoding: 'utf8' });
    return { code: status, stdout, stderr };
  };

  it('prints what the action prints, each to its own output, and ends as it does', () => {
    expect(client(actions.port, 'both')).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  it('lists the actions with their arguments', () => {
    const { stdout, code } = client(actions.port, '--list');
    expect(code).toBe(0);
    expect(stdout).toContain('typed n=INTEGER [on=BOOLEAN] [way=up|down] [text=STRING]\n    prints its words\n');
  });

  it('makes of words what the action takes', () => {
    expect(client(actions.port, 'typed', 'n=-3', 'on=true', 'way=down', 'text=a=b c')).toMatchObject({
      code: 0,
      stdout: '--n=-3 --on=true --way=down --text=a=b c\n',
    });
    expect(client(actions.port, 'typed', 'n=0')).toMatchObject({ code: 0, stdout: '--n=0 --on=false --way=up\n' });
  });

  it.each([
    [['typed'], 'the argument n is missing'],
    [['typed', 'n=9'], 'from -5 to 5'],
    [['typed', 'n=1.5'], 'a whole number'],
    [['typed', 'n=1', 'n=2'], 'each key once'],
    [['typed', 'n'], 'KEY=VALUE'],
    [['nothing'], 'there is no action "nothing"; there is: both'],
    [[], 'usage'],
  ])('ends with 120 when it is refused: %j', (words, message) => {
    expect(client(actions.port, ...words)).toMatchObject({
      code: 120,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });

  it('ends with 121 when it was too often, and says when to come again', () => {
    expect(client(actions.port, 'once').code).toBe(0);
    expect(client(actions.port, 'once')).toMatchObject({ code: 121, stderr: expect.stringMatching(/again in \d+ s/) });
  });

  it('ends with 122 when the action was stopped, and 123 when nobody answers', () => {
    expect(client(actions.port, 'endless')).toMatchObject({
      code: 122,
      stderr: expect.stringContaining('stopped: output'),
    });
    expect(client(1, 'both')).toMatchObject({ code: 123, stderr: expect.stringContaining('no answer') });
  });
});

describe('cofferdam action, on the host', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-action-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const withPolicy = (text: string, ...words: string[]): Cli => {
    mkdirSync(join(folder, '.devcontainer'), { recursive: true });
    writeFileSync(join(folder, '.devcontainer/cofferdam.yaml'), BASE + text);
    return cofferdam(folder, ['action', ...words]);
  };

  it('says so where the policy has none, or not this one', () => {
    expect(withPolicy('', 'backup')).toMatchObject({ code: 2, stderr: expect.stringContaining('has no actions') });
    const other = withPolicy(POLICY, 'tpyed');
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/Did you mean typed/);
  });
});
