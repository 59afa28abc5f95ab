import { attacksOf } from './attack.ts';

export default attacksOf('engine', [
  {
    id: 'DKR-01',
    title: 'The engine’s socket is inside the container',
    severity: 'critical',
    summary:
      'The engine obeys whoever connects, and it can start a root process with all of the machine’s disk in view. Mounting the socket read-only changes nothing about that: connecting is not writing to a file.',
    residual: 'Nothing, as long as no engine socket is mounted into the agent’s container.',
  },
  {
    id: 'DKR-02',
    title: 'A proxy that passes only GET still gives files of all containers away',
    severity: 'critical',
    summary:
      'Proxies that allow a whole path prefix let GET requests through that copy files out of any container (archive, export) or attach to it over a WebSocket.',
    residual: 'Log lines of the project’s own services are readable.',
  },
  {
    id: 'DKR-03',
    title: 'Inspect, logs and images give away secrets of other projects',
    severity: 'high',
    summary:
      'Container descriptions carry environment variables, labels and host paths; logs and image exports carry more. An unscoped reader sees those of every project on the machine.',
    residual: 'Names and metadata of the project’s own containers are readable.',
  },
  {
    id: 'DKR-04',
    title: 'A proxy that lets writes through',
    severity: 'critical',
    summary:
      'One switch turned on for convenience (POST, EXEC, BUILD, restarts) is enough to create containers, run commands in others or stop them.',
    residual: 'Nothing: the generated firewall has no code that sends a write.',
  },
  {
    id: 'DKR-05',
    title: 'The engine or its proxy answers others on a shared network',
    severity: 'medium',
    summary:
      'A proxy without authentication on a network with other containers gives each of them the view that was meant for one; a published port gives it to the whole machine.',
    residual: 'Nothing: the firewall’s network holds only it and the agent.',
  },
  {
    id: 'DKR-06',
    title: 'Docker Desktop’s internal API is reachable by network',
    severity: 'critical',
    summary:
      'Some Docker Desktop versions answer the engine API without authentication on an address of their virtual machine (CVE-2025-9074), whatever is mounted.',
    residual: 'Future faults of the same kind; with open egress nothing in the box stands in the way.',
  },
  {
    id: 'DKR-07',
    title: 'Another engine: nested Docker, Podman, BuildKit, containerd',
    severity: 'critical',
    summary:
      'A nested engine needs a privileged container, and the sockets or remote addresses of other engines are worth as much as Docker’s own.',
    residual: 'An engine that the user opts into knowingly.',
  },
]);
