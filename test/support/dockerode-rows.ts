import { PassThrough } from 'node:stream';
import Docker from 'dockerode';
import type { Row } from './client-rows.ts';
import type { Place } from './clients.ts';

type Call = (engine: Docker, word: (name: string) => string) => Promise<unknown>;

const RELEASE = ['cat', '/etc/debian_version'];

/** A client made of dockerode; it gives what the call gave, as JSON unless it is text. */
const row = (title: string, shows: string, call: Call, more: Partial<Row> = {}): Row => ({
  command: `dockerode: ${title}`,
  shows,
  ...more,
  async call({ host, words }: Place) {
    const { protocol, hostname, port, pathname } = new URL(host);
    const engine = new Docker(protocol === 'unix:' ? { socketPath: pathname } : { host: hostname, port });
    try {
      const answer = await call(engine, (name) => words[name] ?? name);
      return { ok: true, text: typeof answer === 'string' ? answer : JSON.stringify(answer) };
    } catch (error) {
      return { ok: false, text: error instanceof Error ? error.message : String(error) };
    }
  },
});

/** The text of a stream, up to where `until` is seen. */
async function text(stream: NodeJS.ReadableStream, until: RegExp): Promise<string> {
  let all = '';
  for await (const chunk of stream) {
    all += chunk.toString('latin1');
    if (until.test(all)) break;
  }
  return all;
}

const output = (): { stream: PassThrough; said: () => string } => {
  const stream = new PassThrough();
  let all = '';
  stream.on('data', (chunk: Buffer) => {
    all += chunk.toString('latin1');
  });
  return { stream, said: () => all };
};

export const DOCKERODE_ROWS: readonly Row[] = [
  row('ping()', '^OK$', async (engine) => String(await engine.ping())),
  row('version()', '"ApiVersion":"1', (engine) => engine.version()),
  row('info()', '"ServerVersion":"\\d', (engine) => engine.info()),
  row('df()', '"/CONTAINER"', (engine) => engine.df()),
  row('listContainers()', '"/CONTAINER"', (engine) => engine.listContainers({ all: true })),
  row('listImages()', 'debian:bookworm-slim', (engine) => engine.listImages()),
  row('listNetworks()', '"NETWORK"', (engine) => engine.listNetworks()),
  row('listVolumes()', '"VOLUME"', (engine) => engine.listVolumes()),
  row('getContainer(CONTAINER).inspect()', '"Running":true', (engine, word) =>
    engine.getContainer(word('CONTAINER')).inspect(),
  ),
  row('getContainer(CONTAINER).stats({ stream: false })', '"cpu_stats"', (engine, word) =>
    engine.getContainer(word('CONTAINER')).stats({ stream: false }),
  ),
  row('getContainer(CONTAINER).top()', '"Processes":\\[', (engine, word) =>
    engine.getContainer(word('CONTAINER')).top(),
  ),
  row('getContainer(CONTAINER).logs()', 'ready', async (engine, word) =>
    (await engine.getContainer(word('CONTAINER')).logs({ stdout: true, follow: false })).toString('latin1'),
  ),
  row('getContainer(CONTAINER).logs({ follow: true })', 'ready', async (engine, word) =>
    text(await engine.getContainer(word('CONTAINER')).logs({ stdout: true, follow: true, tail: 1 }), /ready/),
  ),
  row('getEvents()', '"Action":"top".*"CONTAINER"', async (engine, word) => {
    await engine.getContainer(word('CONTAINER')).top();
    const since = Math.floor(Date.now() / 1000) - 30;
    return text(await engine.getEvents({ since }), new RegExp(`"Action":"top".*"${word('CONTAINER')}"`));
  }),
  row('getImage(IMAGE).inspect()', '"Architecture"', (engine, word) => engine.getImage(word('IMAGE')).inspect()),
  row('getNetwork(NETWORK).inspect()', '"Name":"NETWORK"', (engine, word) =>
    engine.getNetwork(word('NETWORK')).inspect(),
  ),
  row('getVolume(VOLUME).inspect()', '"Name":"VOLUME"', (engine, word) => engine.getVolume(word('VOLUME')).inspect()),
  row('getContainer(CONTAINER).exec()', '12', async (engine, word) => {
    const options = { Cmd: RELEASE, AttachStdout: true };
    const exec = await engine.getContainer(word('CONTAINER')).exec(options);
    return text(await exec.start({}), /12/);
  }),
  row('run(IMAGE)', '^12', async (engine, word) => {
    const { stream, said } = output();
    const [{ StatusCode }, container] = await engine.run(word('IMAGE'), RELEASE, stream);
    await container.remove();
    return StatusCode === 0 ? said() : `status ${StatusCode}`;
  }),
  row('createContainer(), start(), wait(), logs(), remove()', '12', async (engine, word) => {
    const container = await engine.createContainer({ Image: word('IMAGE'), name: word('NEW'), Cmd: RELEASE });
    await container.start();
    await container.wait();
    const said = await container.logs({ stdout: true, follow: false });
    await container.remove();
    return said.toString('latin1');
  }),
  row('getContainer(CONTAINER).attach()', 'ready', async (engine, word) =>
    text(await engine.getContainer(word('CONTAINER')).attach({ stream: true, stdout: true, stderr: true }), /ready/),
  ),
  row('getContainer(CONTAINER).getArchive()', 'debian_version', async (engine, word) =>
    text(await engine.getContainer(word('CONTAINER')).getArchive({ path: '/etc/debian_version' }), /debian_version/),
  ),
  row('createVolume()', 'NEW', (engine, word) => engine.createVolume({ Name: word('NEW') })),
  row('createNetwork()', '"id":"[0-9a-f]', (engine, word) => engine.createNetwork({ Name: word('NEW') })),
];
