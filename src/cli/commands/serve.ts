import { defineCommand } from '../command.ts';

export default defineCommand({
  name: 'serve',
  summary: 'run a sidecar by itself: docker-proxy or guard',
  description: `Runs one of the box's sidecars in the foreground. Decisions go to standard output, one JSON line each.

docker-proxy puts a firewall in front of a Docker socket:
  --listen tcp://HOST:PORT | unix:///PATH   where clients connect (or COFFERDAM_LISTEN)
  --upstream unix:///PATH                   the engine's socket (or COFFERDAM_UPSTREAM)
  --scope project=NAME | all                whose containers are visible (or COFFERDAM_PROJECT)
  --level read                              what may be done with them (or COFFERDAM_LEVEL)
  --service PROJECT/SERVICE                 a service of another project, repeatable (or COFFERDAM_SERVICES)

guard removes the sockets that editors leave in temporary folders:
  --watch FOLDER                            repeatable
  --state FOLDER                            for its heartbeat; nobody else may write there

health docker-proxy [--listen …] and health guard [--state …] exit 0 if that sidecar works.
A sidecar that is not sure about its settings does not start.`,
  arguments: [
    { name: 'sidecar', summary: 'docker-proxy, guard or health', required: true },
    { name: 'settings', summary: 'its settings', variadic: true },
  ],
  passThrough: true,
  examples: [
    [
      'cofferdam serve docker-proxy --listen unix:///run/safe.sock --upstream unix:///var/run/docker.sock --scope project=shop --level read',
      'a Docker socket that shows one project and changes nothing',
    ],
    ['cofferdam serve guard --watch /tmp --state /run/user/1000/guard', 'keep editors’ sockets out of /tmp'],
  ],
  async run({ arguments: [sidecar = '', ...settings] }) {
    const { serve } = await import('../../sidecars/serve.ts');
    return serve(sidecar, settings);
  },
});
