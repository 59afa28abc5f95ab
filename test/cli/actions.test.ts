import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Actions, endOf, headersOf, linesOf, outputOf, startActionsSidecar } from '../support/actions.ts';

const NODE = process.execPath;
const js = (code: string): string => JSON.stringify([NODE, '-e', code]).slice(1, -1);
const ARGV = js('console.log(JSON.stringify(process.argv.slice(1)))');
const anything = '{ type: string, pattern: "[^]*", maxLength: 4096 }';

const POLICY = `actions:
  argv:
    describe: prints its words
    run: [${ARGV}, --, "{a}", "--b={b}"]
    arguments: { a: ${anything}, b: ${anything} }
    perMinute: 60
    concurrency: 20
  five:
    describe: five times a minute
    run: [${js("require('fs').appendFileSync('ran', 'x')")}]
    perMinute: 5
    concurrency: 20
  environment:
    describe: prints its environment
    run: [${js('console.log(JSON.stringify(process.env))')}]
    environment: [PGPASSWORD]
    perMinute: 5
  slow-pattern:
    describe: takes what is slow on purpose
    run: [${NODE}, "--title={a}"]
    arguments: { a: { type: string, pattern: "(a+)+b", maxLength: 4096 } }
  endless:
    describe: prints without an end
    run: [${js("setInterval(() => process.stdout.write('x'.repeat(1000)), 1)")}]
    output: 5000
  sleeps:
    describe: starts others and ignores signals
    run: [sh, -c, "trap '' TERM; setsid sleep 1000 & sleep 1001 & echo up; wait"]
    timeout: 60
    perMinute: 20
    concurrency: 5
  late:
    describe: as sleeps, for a second
    run: [sh, -c, "trap '' TERM; setsid sleep 1000 & echo up; wait"]
    timeout: 1
  both:
    describe: uses both outputs
    run: [sh, -c, "echo out; echo err >&2; exit 3"]
  leaves:
    describe: leaves a program behind
    run: [sh, -c, "setsid sleep 1002 > /dev/null 2>&1 & echo started"]
  hidden:
    describe: leaves a program behind that has no mark
    run: [sh, -c, "setsid env -i sleep 1003 & echo $!"]
  missing:
    describe: there is no such program
    run: [/nowhere/program]
`;

let actions: Actions;
beforeAll(async () => {
  actions = await startActionsSidecar(POLICY);
});
afterAll(() => actions.stop());

const entries = (): readonly { event: string; detail: Record<string, unknown> }[] =>
  actions.lines().map((line) => JSON.parse(line));

/** Numbers of the processes that a call started and that live, by the variable that marks them. */
const alive = (call: unknown): readonly string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`COFFERDAM_CALL=${call}`);
    } catch {
      return false;
    }
  });

const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
};

const INJECTIONS = [
  '; touch /tmp/injected',
  '$(touch /tmp/injected)',
  '`touch /tmp/injected`',
  "'; DROP TABLE students; --",
  '" || true',
  '| cat /etc/passwd',
  '&& reboot',
  '\n/bin/sh',
  '\\',
  '*',
  '~root',
  '${IFS}',
  '%s%n',
  '--help',
  '-rf',
  '{b}',
  '',
  ' ',
  '\u202e\ud83d\ude00',
];

describe('an action', () => {
  it.each(INJECTIONS)('gets %j as one word, as it was given', async (text) => {
    const answer = await actions.call('argv', { a: text, b: text });
    expect(answer.status).toBe(200);
    expect(JSON.parse(outputOf(answer))).toEqual([text, `--b=${text}`]);
    expect(endOf(answer)).toEqual({ exit: 0 });
  });

  it('streams both outputs and says how it ended', async () => {
    const answer = await actions.call('both');
    expect(outputOf(answer)).toBe('out\n');
    expect(outputOf(answer, 'stderr')).toBe('err\n');
    expect(endOf(answer)).toEqual({ exit: 3 });
  });

  it('gives plain bytes to who asks for text, and the exit status in a trailer', async () => {
    const answer = await actions.call('both', {}, { ...headersOf(actions.port), Accept: 'text/plain' });
    expect(answer.body.split('\n').sort().join()).toBe(',err,out');
    expect(answer.trailers['cofferdam-exit']).toBe('3');
  });

  it('has a clean environment, and the secrets that its policy names', async () => {
    expect(await actions.call('environment')).toMatchObject({
      status: 503,
      body: expect.stringContaining('PGPASSWORD'),
    });
    writeFileSync(join(actions.folder, 'secrets', 'PGPASSWORD'), 'se cret\n');
    const variables = JSON.parse(outputOf(await actions.call('environment')));
    expect(Object.keys(variables).sort()).toEqual(['COFFERDAM_CALL', 'HOME', 'LANG', 'PATH', 'PGPASSWORD', 'TMPDIR']);
    expect(variables['PGPASSWORD']).toBe('se cret');
  });

  it('runs as often as its policy says in a minute, however many call at once', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => actions.call('five')));
    const limited = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200).length).toBe(5);
    expect(limited.length).toBe(95);
    for (const { headers } of limited) expect(headers['retry-after']).toMatch(/^(?:[1-9]|[1-5]\d|60)$/);
    expect(readFileSync(join(actions.folder, 'data', 'ran'), 'utf8')).toBe('xxxxx');
  });

  it('is not held up by a pattern that takes years', async () => {
    expect((await actions.call('slow-pattern', { a: 'a'.repeat(4096) })).status).toBe(400);
    expect((await actions.ask('GET', '/health')).status).toBe(200);
  });

  it('that cannot be started says so', async () => {
    expect(await actions.call('missing')).toMatchObject({ status: 500, body: expect.stringContaining('not-started') });
  });

  it('is killed at its time, with what left its process group, though it ignores signals', async () => {
    const answer = await actions.call('late');
    expect(endOf(answer)).toMatchObject({ exit: null, stopped: 'timeout' });
    const call = entries().findLast(({ detail }) => detail['action'] === 'late' && detail['call'])?.detail['call'];
    expect(alive(call)).toEqual([]);
  });

  it('is killed at its last byte', async () => {
    const answer = await actions.call('endless');
    expect(endOf(answer)).toMatchObject({ stopped: 'output' });
    expect(outputOf(answer).length).toBe(5000);
  });

  it('leaves nothing behind when it ends', async () => {
    expect(endOf(await actions.call('leaves'))).toEqual({ exit: 0 });
    const call = () => entries().find(({ event, detail }) => event === 'finished' && detail['action'] === 'leaves');
    await until(() => call() !== undefined);
    expect(alive(call()?.detail['call'])).toEqual([]);
  });

  it('ends although something that cannot be found holds its outputs open, and loses nothing of what it printed', async () => {
    const answer = await actions.call('hidden');
    expect(endOf(answer)).toEqual({ exit: 0 });
    process.kill(Number(outputOf(answer)), 'SIGKILL'); // throws if it had ended
  });

  it('is killed with all that it started when its caller goes away', async () => {
    const before = entries().length;
    const socket = http.request({
      port: actions.port,
      method: 'POST',
      path: '/actions/sleeps',
      headers: headersOf(actions.port),
    });
    socket.on('error', () => {});
    socket.end();
    await new Promise((resolve) => socket.on('response', (response) => response.once('data', resolve)));
    const allowed = () =>
      entries()
        .slice(before)
        .find(({ event }) => event === 'allowed');
    await until(() => allowed() !== undefined);
    const call = allowed()?.detail['call'];
    await until(() => alive(call).length === 3); // the shell and both sleeps: there is something to kill
    socket.destroy();
    await until(() => entries().some(({ event, detail }) => event === 'finished' && detail['call'] === call));
    expect(alive(call)).toEqual([]);
    expect(entries().findLast(({ detail }) => detail['call'] === call)?.detail).toMatchObject({
      stopped: 'disconnect',
    });
  });

  it('is told before it runs and when it has ended, with its arguments', async () => {
    await actions.call('argv', { a: 'one', b: 'two' });
    const mine = () =>
      entries().filter(({ detail }) => detail['argument.a'] === 'one' && detail['argument.b'] === 'two');
    await until(() => mine().length === 1);
    expect(mine()[0]).toMatchObject({ event: 'allowed', detail: { action: 'argv', peer: '127.0.0.1' } });
    const call = mine()[0]?.detail['call'];
    await until(() => entries().some(({ event, detail }) => event === 'finished' && detail['call'] === call));
    expect(
      entries().find(({ event, detail }) => event === 'finished' && detail['call'] === call)?.detail,
    ).toMatchObject({
      exit: 0,
      bytes: expect.any(Number),
      ms: expect.any(Number),
    });
  });
});

it('is told with each argument, however long another one is', async () => {
  const long = 'x'.repeat(1500);
  await actions.call('argv', { a: long, b: 'later' });
  const mine = () => entries().find(({ detail }) => detail['argument.b'] === 'later');
  await until(() => mine() !== undefined);
  const short = `${'x'.repeat(40)}… (1500 characters, SHA-256 ${hash('sha256', long)})`;
  expect(mine()?.detail['argument.a']).toBe(short);
  // That text as an argument of its own is told otherwise.
  await actions.call('argv', { a: short, b: 'imitated' });
  await until(() => entries().some(({ detail }) => detail['argument.b'] === 'imitated'));
  expect(entries().find(({ detail }) => detail['argument.b'] === 'imitated')?.detail['argument.a']).not.toBe(short);
});

describe('what the sidecar says about itself', () => {
  it('is the list of its actions', async () => {
    const { body } = await actions.ask('GET', '/actions');
    const list: { actions: { name: string; arguments: object }[] } = JSON.parse(body);
    expect(list.actions.find(({ name }) => name === 'argv')).toMatchObject({
      describe: 'prints its words',
      arguments: { required: ['a', 'b'], additionalProperties: false },
      perMinute: 60,
    });
  });

  it('is for those who have the token', async () => {
    const headers = { Host: `127.0.0.1:${actions.port}` };
    expect((await actions.ask('GET', '/actions', undefined, headers)).status).toBe(401);
    expect((await actions.ask('GET', '/openapi.json', undefined, headers)).status).toBe(401);
    expect((await actions.ask('GET', '/health', undefined, headers)).status).toBe(200);
  });
});

describe('a log that cannot be written', () => {
  it('keeps every action from running until it can', async () => {
    const log = await startActionsSidecar(POLICY, '127.0.0.1', '--audit-log', '@/log');
    const ran = join(log.folder, 'data', 'ran');
    try {
      rmSync(join(log.folder, 'log'));
      mkdirSync(join(log.folder, 'log')); // a folder in its place: EISDIR, also for root
      expect(await log.call('five')).toMatchObject({ status: 503, body: expect.stringContaining('untold') });
      expect(existsSync(ran)).toBe(false);
      rmSync(join(log.folder, 'log'), { recursive: true });
      // It looks at the file again now and then.
      const answer = await vi.waitFor(
        async () => {
          const given = await log.call('five');
          if (given.status === 503) throw new Error('still untold');
          return given;
        },
        { timeout: 60_000, interval: 100 },
      );
      expect(answer.status).toBe(200);
      expect(linesOf(answer).length).toBeGreaterThan(0);
    } finally {
      await log.stop();
    }
  });
});
