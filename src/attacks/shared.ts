import { attacksOf } from './attack.ts';

export default attacksOf('shared', [
  {
    id: 'SHR-01',
    title: 'A shared database with a default superuser',
    severity: 'high',
    summary:
      'A superuser of some databases runs programs in their container, which may reach further than the agent’s.',
    residual: 'The rights of the role that the agent is given.',
  },
  {
    id: 'SHR-02',
    title: 'Lateral movement on a flat network',
    severity: 'high',
    summary: 'Development servers, debuggers and stores of other worktrees answer on a network that all share.',
    residual: 'Services that the user puts on a shared network.',
  },
  {
    id: 'SHR-03',
    title: 'A sidecar in the agent’s network namespace',
    severity: 'medium',
    summary: 'Sharing a network namespace opens loopback services in both directions.',
    residual: 'Nothing, as long as no service shares one.',
  },
  {
    id: 'SHR-04',
    title: 'A neighbour with more power than the agent',
    severity: 'critical',
    summary:
      'A service that holds a socket, host mounts or wider network and obeys requests lends that power to the agent.',
    residual: 'Faults in the sidecars that hold such power.',
  },
]);
