import { defineProbe, type Place, type User } from './probe.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly user: User;
}

const KNOBS = [
  '/proc/sys/kernel/core_pattern',
  '/proc/sys/kernel/modprobe',
  '/proc/sys/vm/panic_on_oom',
  '/proc/sysrq-trigger',
  '/sys/kernel/uevent_helper',
  '/sys/fs/cgroup/release_agent',
  '/sys/fs/cgroup/devices/release_agent',
  '/sys/fs/cgroup/cgroup.procs',
];

export default defineProbe<Target, Readonly<Record<string, string>>>({
  id: 'kernel-knobs',
  title: 'Kernel settings that run programs on the host cannot be written',
  group: 'kernel',
  attacks: ['KRN-03', 'RUN-01'],
  why: 'core_pattern, modprobe and release_agent name programs that the kernel starts outside of the container. Only access(2) is asked; nothing is written.',
  leaves: 'Faults in the kernel.',
  inside: 'no',
  targets: () =>
    Promise.resolve([
      { place: 'box', user: 'agent' },
      { place: 'box', user: 'root' },
    ]),
  control: () => Promise.resolve({ place: 'exposed', user: 'root' }),
  async attempt(bench, { place, user }) {
    const out = need(await (await bench.at(place, user)).perform({ do: 'writable', paths: KNOBS }), 'access');
    return { did: `access(2) for writing as ${user}`, out };
  },
  judge(out) {
    const answers = Object.entries(out);
    const open = answers.filter(([, code]) => code === 'ok').map(([path]) => path);
    if (open.length > 0) return breached(`writable: ${open.join(', ')}`);
    const odd = answers.filter(([, code]) => !['EROFS', 'EACCES', 'EPERM', 'ENOENT'].includes(code));
    if (answers.length !== KNOBS.length || odd.length > 0) return unclear(odd.map((pair) => pair.join(' ')).join(', '));
    return held([...new Set(answers.map(([, code]) => code))].join(', '));
  },
});
