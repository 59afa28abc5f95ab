import { type ContainerFacts, defineProbe, type Place } from './probe.ts';
import { breached, held, unclear } from './support/judge.ts';

export default defineProbe<{ readonly place: Place }, ContainerFacts['logging']>({
  id: 'log-limit',
  title: 'The container’s log cannot fill the disk',
  group: 'resources',
  attacks: ['RES-03'],
  why: 'The engine’s default log file grows without end with whatever the agent prints.',
  leaves: 'The workspace is a folder of the host and has no quota.',
  inside: 'no',
  targets: () => Promise.resolve([{ place: 'box' }]),
  control: () => Promise.resolve({ place: 'weak' }),
  async attempt(bench, { place }) {
    return { did: 'ask the engine for the log’s settings', out: (await bench.container(place)).logging };
  },
  judge({ driver, options }) {
    const size = options['max-size'];
    if (driver === 'none' || driver === 'local') return held(`driver ${driver}`);
    if (driver !== 'json-file') return unclear(`driver ${driver}: its limits are set elsewhere`);
    if (size === undefined || size === '-1') return breached('json-file without max-size');
    return /^[1-9]\d*[kmg]?$/i.test(size)
      ? held(`max-size ${size}, max-file ${options['max-file'] ?? '1'}`)
      : unclear(`max-size ${size}`);
  },
});
