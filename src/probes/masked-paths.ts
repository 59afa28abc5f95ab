import { defineProbe, type Place, type User } from './probe.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly user: User;
  readonly paths: readonly string[];
}

/** Masked by default (OCI runtime specification; moby profile). Those that a kernel lacks are ENOENT. */
const MASKED = [
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];

export default defineProbe<Target, Readonly<Record<string, string>>>({
  id: 'masked-paths',
  title: 'What the kernel tells about the host is masked',
  group: 'kernel',
  attacks: ['RUN-06', 'KRN-02'],
  why: '/proc/kcore is the host’s memory, /proc/keys its key rings; `systempaths=unconfined` opens both. They are read as root, because permissions are another control.',
  leaves: 'Kernel version, load and processor are visible in every container.',
  async inside(bench) {
    const path = `${await bench.spare()}/unmasked`;
    need(await (await bench.at('box')).perform({ do: 'create', path, text: bench.nonce }), 'canary');
    return { place: 'box', user: 'agent', paths: [path] };
  },
  targets: ({ from }) => Promise.resolve([{ place: 'box', user: from === 'host' ? 'root' : 'agent', paths: MASKED }]),
  control: () => Promise.resolve({ place: 'weak', user: 'root', paths: MASKED }),
  async attempt(bench, { place, user, paths }) {
    const out = need(await (await bench.at(place, user)).perform({ do: 'openable', paths }), 'masked paths');
    return { did: `read ${paths.length} path(s) as ${user}`, out };
  },
  judge(out, { paths }) {
    const answers = Object.entries(out);
    const open = answers.filter(([, code]) => code === 'ok').map(([path]) => path);
    if (open.length > 0) return breached(`readable: ${open.join(', ')}`);
    const odd = answers.filter(([, code]) => !['empty', 'ENOENT', 'EACCES', 'EPERM'].includes(code));
    if (answers.length !== paths.length || odd.length > 0) return unclear(odd.map((pair) => pair.join(' ')).join(', '));
    return held(`${answers.filter(([, code]) => code === 'empty').length} masked, the others absent or refused`);
  },
});
