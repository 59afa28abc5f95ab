import { attacksOf } from './attack.ts';

export default attacksOf('network', [
  {
    id: 'NET-01',
    title: 'Open egress',
    severity: 'high',
    summary: 'Whatever can be read inside can be sent anywhere.',
    residual: 'Accepted while the policy says `egress: open`.',
  },
  {
    id: 'NET-02',
    title: 'DNS to any resolver',
    severity: 'high',
    summary: 'A filter that lets port 53 through to everybody is a channel out.',
    residual: 'Open while egress is open.',
  },
  {
    id: 'NET-03',
    title: 'A tunnel through the permitted resolver',
    severity: 'high',
    summary: 'The engine’s own resolver asks upstream for any name, so data leaves inside of names.',
    residual: 'Open while egress is open.',
  },
  {
    id: 'NET-04',
    title: 'IPv6 walks around the filter',
    severity: 'high',
    summary: 'Rules for IPv4 alone leave the other protocol open.',
    residual: 'Open while egress is open.',
  },
  {
    id: 'NET-05',
    title: 'Rules that name a port but no destination',
    severity: 'high',
    summary: 'An exception for SSH to any host is a tunnel to any host.',
    residual: 'Open while egress is open.',
  },
  {
    id: 'NET-06',
    title: 'Services of the host through the gateway',
    severity: 'critical',
    summary:
      'Development servers, debuggers, model servers and databases on the host answer on the gateway’s address or host.docker.internal.',
    residual: 'What listens on the host’s outer addresses is reachable while egress is open.',
  },
  {
    id: 'NET-07',
    title: 'Cloud metadata',
    severity: 'high',
    summary: 'On a cloud machine a link-local address hands out the machine’s credentials.',
    residual: 'Open on cloud machines while egress is open.',
  },
  {
    id: 'NET-08',
    title: 'An allowed site with the attacker’s own account',
    severity: 'high',
    summary: 'Sites with many tenants take uploads from anybody who brings a token.',
    residual: 'Names alone cannot tell accounts apart; addresses of read requests carry data too.',
  },
  {
    id: 'NET-09',
    title: 'The model’s API or telemetry as a drop',
    severity: 'high',
    summary:
      'File uploads with the attacker’s key, or crash reports to their project, pass as normal traffic of the agent.',
    residual: 'The conversation with the model itself.',
  },
  {
    id: 'NET-10',
    title: 'Allowed addresses that others share',
    severity: 'high',
    summary: 'A list of resolved addresses admits every tenant of the same CDN, and goes stale.',
    residual: 'Open while egress is open.',
  },
  {
    id: 'NET-11',
    title: 'A proxy by environment variables only',
    severity: 'medium',
    summary: 'Programs that ignore the proxy variables connect directly.',
    residual: 'Open while egress is open.',
  },
  {
    id: 'NET-12',
    title: 'A firewall that starts late or fails open',
    severity: 'high',
    summary: 'Commands that run before the rules are set, or after they failed to be set, have the whole network.',
    residual: 'Open while egress is open.',
  },
  {
    id: 'NET-13',
    title: 'The local network and VPNs',
    severity: 'medium',
    summary: 'Private address ranges reach storage, printers and intranets that trust whoever is inside.',
    residual: 'Open while egress is open.',
  },
]);
