import { needsPower, removal } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

/** What a capability gives to whoever has it (capabilities(7)). */
const DANGEROUS: Readonly<Record<string, string>> = {
  ALL: 'every capability at once',
  SYS_ADMIN: 'mounts, namespaces and most of what root can do',
  SYS_MODULE: 'loading kernel modules',
  SYS_RAWIO: 'raw access to memory and devices',
  SYS_BOOT: 'loading another kernel',
  DAC_READ_SEARCH: 'reading any file of the host by its handle',
  MKNOD: 'making device files',
  BPF: 'loading programs into the kernel',
  PERFMON: 'observing the kernel and all processes',
  SYS_PTRACE: 'reading and changing other processes',
  NET_ADMIN: 'rewriting the container’s own firewall',
  NET_RAW: 'forging packets on its networks',
  SYSLOG: 'reading kernel addresses',
};
const WORST = new Set(['ALL', 'SYS_ADMIN', 'SYS_MODULE', 'SYS_RAWIO', 'DAC_READ_SEARCH', 'BPF']);

export default defineRule({
  id: 'added-capability',
  title: 'A container gets more capabilities',
  severity: 'high',
  persona: 'regular',
  attacks: ['RUN-02', 'RUN-03'],
  why: `Capabilities are root’s powers in pieces. One in the bounding set comes back through any setuid program, and some undo the
other controls: NET_ADMIN flushes a firewall set inside, SYS_ADMIN remounts read-only paths.`,
  remedy: 'Remove it. Put what needs the capability (a firewall, a debugger) into a container of its own.',
  fixes:
    'Takes the capability out. Unsafe in other services than the agent’s, and where a lifecycle command or a Feature may need it.',
  references: ['https://man7.org/linux/man-pages/man7/capabilities.7.html'],
  bad: [
    {
      title: 'in compose',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    cap_add: [«NET_ADMIN»]\n' },
    },
    {
      title: 'as two words',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"--cap-add", "SYS_ADMIN"»] }' },
    },
    {
      title: 'as one word',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"--cap-add=cap_sys_ptrace"»] }' },
    },
    {
      title: 'several in one word',
      files: {
        'compose.yaml':
          'services:\n  app:\n    image: debian\n    volumes: [".:/app"]\n  db:\n    image: postgres:17\n    cap_add: [«"CHOWN,SYS_ADMIN"»]\n',
      },
    },
    {
      title: 'dropped in one file, added again in another',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": ["a.yaml", "b.yaml"], "service": "dev" }',
        '.devcontainer/a.yaml': 'services:\n  dev:\n    image: debian\n    cap_drop: [ALL]\n',
        '.devcontainer/b.yaml': 'services:\n  dev:\n    cap_add:\n      - «SYS_ADMIN»\n',
      },
    },
  ],
  good: [
    {
      title: 'dropped',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    cap_drop: [NET_ADMIN, ALL]\n' },
    },
    {
      title: 'a database that changes its user at start',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [".:/app"]\n  db:\n    image: postgres:17\n    cap_drop: [ALL]\n    cap_add: [CHOWN, SETUID, SETGID]\n',
      },
    },
  ],
  *check(workspace) {
    for (const container of workspace.containers) {
      for (const { value, span } of flagsOf(container, 'cap_add')) {
        // Podman takes several in one, with commas.
        const several = value.value.toUpperCase().split(',');
        const known = several.map((one) => one.trim().replace(/^CAP_/, ''));
        const capability =
          known.find((one) => WORST.has(one)) ?? known.find((one) => Object.hasOwn(DANGEROUS, one)) ?? known[0] ?? '';
        const power = DANGEROUS[capability];
        if (container.role !== 'agent' && power === undefined) continue;
        yield {
          at: span,
          confidence: value.by ? 'medium' : 'high',
          severity: WORST.has(capability) ? 'critical' : power === undefined ? 'medium' : 'high',
          message: `${container.name} gets ${known.join(', ')}${value.by ? ' by the label of its image' : ''}${power === undefined ? '' : `: ${power}`}`,
          ...removal(container, span, `${container.name} loses ${known.join(', ')}`, needsPower(workspace, container)),
        };
      }
    }
  },
});
