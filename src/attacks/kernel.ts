import { attacksOf } from './attack.ts';

export default attacksOf('kernel', [
  {
    id: 'KRN-01',
    title: 'The kernel’s surface',
    severity: 'critical',
    summary: 'User namespaces, io_uring, packet filters and BPF have a history of faults that end on the host.',
    residual: 'Faults that are not known yet; only a virtual machine keeps a kernel apart.',
  },
  {
    id: 'KRN-02',
    title: 'What /proc and /sys tell',
    severity: 'low',
    summary: 'Mount tables and kernel files give away host paths, user names and hardware, which other attacks need.',
    residual: 'The host path of the workspace is visible in the mount table.',
  },
  {
    id: 'KRN-03',
    title: 'Writable kernel settings',
    severity: 'critical',
    summary: 'Files such as core_pattern or release_agent make the kernel run a program on the host.',
    residual: 'Nothing, as long as the container is not privileged.',
  },
]);
