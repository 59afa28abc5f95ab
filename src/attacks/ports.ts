import { attacksOf } from './attack.ts';

export default attacksOf('ports', [
  {
    id: 'PRT-01',
    title: 'Ports that are forwarded by themselves',
    severity: 'medium',
    summary:
      'Any listener in the container becomes a service on the host’s loopback, of the same origin as other local sites.',
    residual: 'Ports that the user forwards.',
  },
  {
    id: 'PRT-02',
    title: 'Pages that open by themselves',
    severity: 'high',
    summary: 'A forwarded port may ask for a browser on the host, whose page then attacks local services.',
    residual: 'Pages that the user opens.',
  },
  {
    id: 'PRT-03',
    title: 'The callback of a login is caught',
    severity: 'high',
    summary: 'The container listens on the port to which a login on the host returns, and gets the code first.',
    residual: 'Fixed callback ports that are forwarded while somebody logs in.',
  },
  {
    id: 'PRT-04',
    title: 'Ports published on every address',
    severity: 'medium',
    summary: 'A published port without an address answers the whole local network, past the host’s firewall.',
    residual: 'Nothing, as long as ports are bound to loopback.',
  },
]);
