import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI_ROWS, type Row, TESTCONTAINERS_ROWS } from '../support/client-rows.ts';
import { direct, fill, makePlace, makeWorld, type Place, prepare, run, type World } from '../support/clients.ts';
import { DOCKERODE_ROWS } from '../support/dockerode-rows.ts';
import { docker, engineAnswers } from '../support/live.ts';
import { providePostgres } from '../support/postgres.ts';
import { type Sidecar, startSidecar } from '../support/sidecar.ts';

/** What each level is started with, besides the scope. */
const FLAGS: Readonly<Record<string, (world: World) => readonly string[]>> = {
  read: () => ['--level', 'read'],
  sandboxed: ({ network }) => [
    ...['--level', 'sandboxed', '--image', 'debian:*', '--image', 'postgres:*'],
    ...['--network', network, '--publish', '127.0.0.1', '--containers', '100'],
  ],
};
const LEVELS = Object.keys(FLAGS);
const ROWS: readonly Row[] = [...CLI_ROWS, ...DOCKERODE_ROWS, ...TESTCONTAINERS_ROWS];

describe.skipIf(!engineAnswers())('clients of the firewall', () => {
  let world: World;
  const places = new Map<string, Place>();
  const sidecars: Sidecar[] = [];
  const cells = new Map<string, string>();

  beforeAll(async () => {
    providePostgres();
    world = makeWorld();
    places.set('engine', await makePlace(world, direct(), direct(), false));
    for (const [level, flags] of Object.entries(FLAGS)) {
      const { sidecar, host } = await startFirewall(`project=${world.project}`, flags(world));
      sidecars.push(sidecar);
      places.set(level, await makePlace(world, host, makerOf(level, host), level === 'sandboxed'));
    }
  });
  afterAll(async () => {
    for (const sidecar of sidecars) await sidecar.stop();
    world?.remove();
  });

  /** Whether a row did there what it is for, and what the client printed. */
  async function attempt(row: Row, name: string): Promise<{ works: boolean; text: string }> {
    const found = places.get(name);
    if (found === undefined) throw new Error(`no place ${name}`);
    const place = await prepare(world, found, makerOf(name, found.host), row.command);
    const wanted = new RegExp(fill(row.shows, place), 'm');
    if (row.first) await run(place.host, fill(row.first, place).split(' '));
    const done = await (row.call?.(place) ??
      run(place.host, fill(row.command, place).split(' '), options(row, wanted)));
    const works = done.ok && wanted.test(done.text);
    if (!works || !row.proof) return { works, text: general(done.text, place) };
    const [ask, holds] = row.proof;
    const proves = new RegExp(fill(holds, place, true), 'm');
    let there = look(ask, place);
    for (let tries = 0; row.soon && !proves.test(there) && tries < 100; tries++) there = look(ask, place);
    return { works: proves.test(there), text: general(`${done.text}${there}`, place) };
  }

  const options = ({ input, endless }: Row, until: RegExp): Parameters<typeof run>[2] => ({
    env: {
      COMPOSE_FILE: `${world.folder}/compose.yaml`,
      COMPOSE_PROGRESS: 'plain',
      // It would be a container with the engine's socket in it.
      TESTCONTAINERS_RYUK_DISABLED: 'true',
    },
    ...(input === undefined ? {} : { input }),
    ...(endless ? { until } : {}),
  });

  it.concurrent.each(named(ROWS.filter(({ alone }) => !alone)))('%s works on the engine itself', async (_, row) => {
    const done = await attempt(row, 'engine');
    expect(done).toMatchObject({ works: true, text: expect.anything() });
  });

  describe.each(LEVELS)('at level %s', (level) => {
    it.concurrent.each(named(ROWS))('%s works or is refused with a reason', async (_, row) => {
      const { works, text } = await attempt(row, level);
      const cell = works ? 'works' : (reason(text) ?? `fails: ${text}`);
      cells.set(`${level} ${row.command}`, cell);
      expect(text).not.toContain(world.canary);
      expect(cell).not.toMatch(/^fails/);
    });
  });

  it('finds what docs/firewall-clients.md says', async () => {
    await expect(page(cells)).toMatchFileSnapshot('../../docs/firewall-clients.md');
  });
});

/** Names of one run out of what a client says. */
function general(text: string, { words }: Place): string {
  let all = text;
  for (const [word, name] of Object.entries(words)) if (name !== '') all = all.replaceAll(name, word);
  return all;
}

async function startFirewall(scope: string, flags: readonly string[]): Promise<{ sidecar: Sidecar; host: string }> {
  const places = ['--listen', 'tcp://127.0.0.1:0', '--upstream', direct()];
  const sidecar = await startSidecar('docker-proxy', ...places, '--scope', scope, ...flags);
  return { sidecar, host: /"listen":"(tcp:[^"]+)"/.exec(sidecar.lines()[0] ?? '')?.[1] ?? '' };
}

const named = (rows: readonly Row[]) => rows.map((row) => [row.title ?? row.command, row] as const);

/** Runs something on the engine itself. */
const look = (command: string, place: Place): string => docker(...fill(command, place, true).split(' ').slice(1));

/** Who makes what a row works on: the client itself, where it may. */
const makerOf = (name: string, host: string): string => (name === 'read' ? direct() : host);

/** Our sentence, whatever the client puts around it. Where a connection should change its protocol, the CLI hides it. */
function reason(text: string): string | undefined {
  const ours =
    /cofferdam: (.*)/.exec(text)?.[1]?.replace(/(?:\\n|[\s"}])+$/, '') ??
    /^.*unable to upgrade to \w+, received 40\d$/m.exec(text)?.[0];
  return ours === undefined ? undefined : `refused: ${ours.trim()}`;
}

function page(cells: ReadonlyMap<string, string>): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<');
  const rows = ROWS.map(({ command, title }) => {
    const found = LEVELS.map((level) => cell(cells.get(`${level} ${command}`) ?? 'not run'));
    return `| \`${cell(title ?? command)}\` | ${found.join(' | ')} |`;
  });
  return `${[...HEAD, `| Command | ${LEVELS.join(' | ')} |`, `| --- | ${LEVELS.map(() => '---').join(' | ')} |`, ...rows].join('\n')}\n`;
}

const HEAD = [
  '<!-- Written by a live run: npx vitest run --project live -u test/live/firewall-clients.test.ts -->',
  '',
  '# What clients can do through the Docker firewall',
  '',
  'Each line was run against a real engine. “works”: the output, or what the engine then had, was checked, not just the',
  'exit status. “refused”: the sentence that the client prints. CONTAINER, FRESH and STOPPED belong to the project at level',
  'read and were made by the client at level sandboxed; WEB, NETWORK and VOLUME are always the project’s own.',
  '',
  'Level sandboxed was started with `--image debian:* --image postgres:* --network NAME --publish 127.0.0.1`. testcontainers',
  'takes `DOCKER_HOST` and needs `TESTCONTAINERS_RYUK_DISABLED=true`: its helper is a container that gets the engine’s socket.',
  'It looks for published ports at the host of `DOCKER_HOST`; elsewhere, set `TESTCONTAINERS_HOST_OVERRIDE` to `--publish`.',
  '',
];
