import { EXIT } from '../../core/exit.ts';
import { defineCommand, type Invocation, type OptionSpec } from '../command.ts';

/** Each may be given again, so that the sidecar itself, which is strict about it, sees what was written. */
const setting = (flags: string, summary: string): OptionSpec => ({ flags, summary, repeatable: true });

async function serve(name: string, { arguments: words, options }: Invocation): Promise<number> {
  const argv = Object.entries(options).flatMap(([key, values]) =>
    Array.isArray(values) ? values.flatMap((value) => [`--${key}`, String(value)]) : [],
  );
  return (await import('../../sidecars/serve.ts')).serve(name, [...words, ...argv]);
}

const LISTEN = setting('--listen <address>', 'where clients connect, tcp://HOST:PORT or unix:///PATH');
const STATE = setting('--state <folder>', 'for its heartbeat; nobody else may write there');
const GUARD = 'cofferdam serve guard --watch /tmp --state /run/user/1000/guard';

export default defineCommand({
  name: 'serve',
  summary: 'run a sidecar by itself: docker-proxy or guard',
  description: `Runs one of the box's sidecars in the foreground. Decisions go to standard output, one JSON line each. A
sidecar that is not sure about its settings does not start.`,
  subcommands: [
    {
      name: 'docker-proxy',
      summary: 'put a firewall in front of a Docker socket',
      description: `Puts a firewall in front of a Docker socket: clients see one project's containers and change nothing.
What is not known is refused.

Each setting may come from the environment instead: COFFERDAM_LISTEN, COFFERDAM_UPSTREAM, COFFERDAM_PROJECT,
COFFERDAM_LEVEL, COFFERDAM_SERVICES.`,
      options: [
        LISTEN,
        setting('--upstream <address>', 'the engine’s socket, unix:///PATH'),
        setting('--scope <scope>', 'whose containers are visible: project=NAME or all'),
        setting('--level <level>', 'what may be done with them: read'),
        setting('--service <name>', 'also this PROJECT/SERVICE; may be given several times'),
      ],
      examples: [
        [
          'cofferdam serve docker-proxy --listen unix:///run/safe.sock --upstream unix:///var/run/docker.sock --scope project=shop --level read',
          'a Docker socket that shows one project and changes nothing',
        ],
      ],
      run: (invocation) => serve('docker-proxy', invocation),
    },
    {
      name: 'guard',
      summary: 'remove the sockets that editors leave in temporary folders',
      options: [setting('--watch <folder>', 'where to look; may be given several times'), STATE],
      examples: [[GUARD, 'keep editors’ sockets out of /tmp']],
      run: (invocation) => serve('guard', invocation),
    },
    {
      name: 'health',
      summary: 'exit 0 if a sidecar works, 1 if not',
      arguments: [{ name: 'sidecar', summary: 'docker-proxy or guard', required: true }],
      options: [LISTEN, STATE],
      examples: [['cofferdam serve health guard --state /run/user/1000/guard', 'for a health check']],
      run: (invocation) => serve('health', invocation),
    },
  ],
  examples: [[GUARD, 'keep editors’ sockets out of /tmp']],
  run: () => Promise.resolve(EXIT.usage),
});
