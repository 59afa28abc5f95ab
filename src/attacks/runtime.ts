import { attacksOf } from './attack.ts';

export default attacksOf('runtime', [
  {
    id: 'RUN-01',
    title: 'A privileged container or host devices',
    severity: 'critical',
    summary:
      'Privileged mode and device mappings open raw disks, kernel modules and cgroup controls; root in such a container is root on the host.',
    residual: 'Nothing, as long as the running container is not privileged.',
  },
  {
    id: 'RUN-02',
    title: 'Dangerous capabilities',
    severity: 'critical',
    summary:
      'A capability in the bounding set comes back through any setuid program. Some of them remount protected paths, read any file or reach the kernel.',
    residual: 'Nothing, as long as the bounding set is empty.',
  },
  {
    id: 'RUN-03',
    title: 'The agent rewrites its own firewall',
    severity: 'critical',
    summary:
      'Packet filters set inside the agent’s container fall to anybody who gets NET_ADMIN there, for example through sudo.',
    residual: 'Faults in whatever enforces from outside.',
  },
  {
    id: 'RUN-04',
    title: 'Becoming root inside: sudo, setuid programs, no no-new-privileges',
    severity: 'high',
    summary:
      'Root in the container rewrites control scripts, reads other users’ secrets and is one kernel fault away from the host.',
    residual: 'Kernel faults.',
  },
  {
    id: 'RUN-05',
    title: 'Host namespaces',
    severity: 'critical',
    summary:
      'Sharing the host’s network, process or IPC namespace gives its loopback services, abstract sockets and process files.',
    residual: 'Nothing, as long as no namespace is shared.',
  },
  {
    id: 'RUN-06',
    title: 'seccomp, AppArmor, SELinux or path masking switched off',
    severity: 'high',
    summary:
      'The filters that keep kernel interfaces away from containers are removed, and old kernel faults come back into reach.',
    residual: 'Hosts without a security module (some virtual machines, rootless engines) have only seccomp.',
  },
  {
    id: 'RUN-07',
    title: 'Host folders or secrets mounted too broadly',
    severity: 'critical',
    summary:
      'The home folder, credential folders or system folders inside the container are read directly; writable ones run code on the host later.',
    residual: 'The workspace itself is mounted and writable.',
  },
  {
    id: 'RUN-08',
    title: 'A bind source is swapped for a link',
    severity: 'critical',
    summary:
      'Where a mount’s source lies in a folder that the agent can write, it is replaced by a link; at the next start the engine follows it on the host.',
    residual: 'A change between the check and the start of the container.',
  },
  {
    id: 'RUN-09',
    title: 'The mount is widened through core.worktree',
    severity: 'critical',
    summary:
      'Tools that ask git for the folder to mount believe its configuration; one key there makes them mount the parent folder.',
    residual: 'Nothing: the generated configuration names its mounts and .git/config is read-only.',
  },
  {
    id: 'RUN-10',
    title: 'A read-only mount is walked around by renaming its parent',
    severity: 'critical',
    summary:
      'A protected path whose parent is writable and no mount point is moved away together with the parent, and a new one is made in its place.',
    residual: 'Nothing on protected paths: each of their parents is a mount point.',
  },
  {
    id: 'RUN-11',
    title: 'A protected path does not exist yet',
    severity: 'high',
    summary:
      'Protection that covers only existing files lets the agent create the missing ones that the host will run.',
    residual: 'Names that nobody thought of; `cofferdam status` shows what changed.',
  },
  {
    id: 'RUN-12',
    title: 'Known faults of the container runtime',
    severity: 'critical',
    summary:
      'Old versions of runc, containerd and BuildKit have published escapes that a hostile image or working directory triggers.',
    residual: 'Faults that are not published yet.',
  },
]);
