import { defineProbe, type Place, type User } from './probe.ts';
import { breached, held, need, unclear } from './support/judge.ts';

interface Target {
  readonly place: Place;
  readonly user: User;
  readonly paths: readonly string[];
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
  async inside(bench) {
    const path = `${await bench.spare()}/knob`;
    need(await (await bench.at('box')).perform({ do: 'create', path, text: '' }), 'canary');
    return { place: 'box', user: 'agent', paths: [path] };
  },
  targets: ({ from }) =>
    Promise.resolve([
      { place: 'box', user: 'agent', paths: KNOBS },
      ...(from === 'host' ? [{ place: 'box', user: 'root', paths: KNOBS } as const] : []),
    ]),
  control: () => Promise.resolve({ place: 'exposed', user: 'root', paths: KNOBS }),
  async attempt(bench, { place, user, paths }) {
    const out = need(await (await bench.at(place, user)).perform({ do: 'writable', paths }), 'access');
    return { did: `access(2) for writing as ${user}`, out };
  },
  judge(out, { paths }) {
    const answers = Object.entries(out);
    const open = answers.filter(([, code]) => code === 'ok').map(([path]) => path);
    if (open.length > 0) return breached(`writable: ${open.join(', ')}`);
    const odd = answers.filter(([, code]) => !['EROFS', 'EACCES', 'EPERM', 'ENOENT'].includes(code));
    if (answers.length !== paths.length || odd.length > 0) return unclear(odd.map((pair) => pair.join(' ')).join(', '));
    return held([...new Set(answers.map(([, code]) => code))].join(', '));
  },
});
