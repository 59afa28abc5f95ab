import { ToolError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit.ts';
import { defineCommand, type Invocation, type OptionSpec } from '../command.ts';

/** Each may be given again, so that the sidecar itself, which is strict about it, sees what was written. */
const setting = (flags: string, summary: string): OptionSpec => ({ flags, summary, repeatable: true });

/** The sidecar's own words: `auditLog: ['x']` → `--audit-log x`, and `--tecnativa` alone. */
const argvOf = (options: Invocation['options']): readonly string[] =>
  Object.entries(options).flatMap(([key, values]) => {
    const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (values === true) return [flag];
    return Array.isArray(values) ? values.flatMap((value) => [flag, String(value)]) : [];
  });

async function serve(name: string, { arguments: words, options }: Invocation): Promise<number> {
  return (await import('../../sidecars/serve.ts')).serve(name, [...words, ...argvOf(options)]);
}

const textsOf = (value: Invocation['options'][string]): readonly string[] => (Array.isArray(value) ? value : []);

/** The sidecar reads no policy, so what the policy says becomes flags here. */
async function dockerProxy(invocation: Invocation): Promise<number> {
  const { policy, ...options } = invocation.options;
  const { COFFERDAM_POLICY, ...env } = process.env;
  const [file, ...more] = new Set([...textsOf(policy), ...(COFFERDAM_POLICY === undefined ? [] : [COFFERDAM_POLICY])]);
  if (file === undefined) return await serve('docker-proxy', invocation);
  if (more.length > 0) {
    throw new ToolError('settings-invalid', '--policy and COFFERDAM_POLICY name several files', 'Name one.');
  }
  const { firewallFlags } = await import('../../verbs/firewall-policy.ts');
  const flags = firewallFlags(file, invocation.cwd, {
    level: [...textsOf(options['level']), ...(env['COFFERDAM_LEVEL'] === undefined ? [] : [env['COFFERDAM_LEVEL']])],
    services: [
      ...textsOf(options['service']),
      ...(env['COFFERDAM_SERVICES'] ?? '').split(',').filter((service) => service !== ''),
    ],
  });
  const { level: _, service: __, ...rest } = options;
  const { serve: start } = await import('../../sidecars/serve.ts');
  return await start('docker-proxy', [...argvOf(rest), ...flags], env);
}

const LISTEN = setting('--listen <address>', 'where clients connect, tcp://HOST:PORT or unix:///PATH; several times');
const STATE = setting('--state <folder>', 'for its heartbeat; nobody else may write there');
const ACTIONS =
  'cofferdam serve actions --listen tcp://127.0.0.1:7070 --actions /srv/actions.json --token /srv/token --data /srv/data';
const PROXY = setting('--proxy <port>', 'where browsers find its proxy, too');
const FORWARD = 'cofferdam serve forward --folder /run/user/1000/app --port 3000-3003 --proxy 3128';
const GUARD = 'cofferdam serve guard --watch /tmp --state /run/user/1000/guard';

export default defineCommand({
  name: 'serve',
  summary: 'run a sidecar by itself: docker-proxy, guard, actions or forward',
  description: `Runs one of the box's sidecars in the foreground. Decisions go to standard output, one JSON line each. A
sidecar that is not sure about its settings does not start.`,
  subcommands: [
    {
      name: 'docker-proxy',
      summary: 'put a firewall in front of a Docker socket',
      description: `Puts a firewall in front of a Docker socket: clients see one project's containers and change nothing,
or with --level sandboxed make containers of their own within bounds. What is not known is refused.

With --tecnativa the settings are the environment variables of Tecnativa/docker-socket-proxy, and the unsafe parts of
what those open there stay closed. See docs/guide/docker-proxy.md.

Each option may come from the environment instead, lists separated by commas: COFFERDAM_LISTEN, _UPSTREAM, _POLICY,
_SCOPE (or COFFERDAM_PROJECT=NAME), _LEVEL, _SERVICES, _LIMITS, _AUDIT_LOG, _METRICS, _NETWORK, _IMAGES, _PUBLISH,
_CONTAINERS, _MEMORY, _CPUS, _PIDS. Where both are given they must agree.`,
      options: [
        LISTEN,
        setting('--upstream <address>', 'the engine, unix:///PATH or tcp://HOST:PORT'),
        setting('--policy <file>', 'a cofferdam.yaml that says level and services'),
        setting('--scope <scope>', 'whose containers are visible: project=NAME or all'),
        setting('--level <level>', 'what may be done with them: read or sandboxed'),
        setting('--service <name>', 'also this PROJECT/SERVICE; may be given several times'),
        setting('--limits <limits>', 'requests at once: box (one agent, the default) or shared (many clients)'),
        setting('--audit-log <file>', 'write decisions to this file too, in one chain'),
        setting('--metrics <address>', 'serve numbers for Prometheus at tcp://HOST:PORT'),
        setting('--image <reference>', 'sandboxed: may be run; * at its end for anything; several times'),
        setting('--network <name>', 'sandboxed: the network of containers that name none'),
        setting('--publish <address>', 'sandboxed: ports are published at this address of the host'),
        setting('--containers <number>', 'sandboxed: containers at once (8)'),
        setting('--memory <size>', 'sandboxed: of each container (1g)'),
        setting('--cpus <number>', 'sandboxed: of each container (2)'),
        setting('--pids <number>', 'sandboxed: processes of each container (512)'),
        { flags: '--tecnativa', summary: 'take the variables of Tecnativa/docker-socket-proxy' },
      ],
      examples: [
        [
          'cofferdam serve docker-proxy --listen unix:///run/safe.sock --upstream unix:///var/run/docker.sock --scope project=shop --level read',
          'a Docker socket that shows one project and changes nothing',
        ],
        [
          'CONTAINERS=1 COFFERDAM_PROJECT=shop cofferdam serve docker-proxy --tecnativa',
          'in place of Tecnativa/docker-socket-proxy',
        ],
      ],
      run: dockerProxy,
    },
    {
      name: 'guard',
      summary: 'remove the sockets that editors leave in temporary folders',
      options: [setting('--watch <folder>', 'where to look; may be given several times'), STATE],
      examples: [[GUARD, 'keep editors’ sockets out of /tmp']],
      run: (invocation) => serve('guard', invocation),
    },
    {
      name: 'actions',
      summary: 'run commands of a policy for who has the token',
      description: `Serves the actions of a file that \`cofferdam sync\` wrote (.devcontainer/sidecar/actions.json) at one address, for
callers on the same network that have the token. See docs/guide/actions.md.`,
      options: [
        setting('--listen <address>', 'where clients connect, tcp://HOST:PORT; one address, not all'),
        setting('--actions <file>', 'the actions, as JSON'),
        setting('--token <file>', 'holds what a caller must send'),
        setting('--data <folder>', 'where the programs start'),
        setting('--secrets <folder>', 'a file for each variable that a program may get'),
        setting('--audit-log <file>', 'write decisions to this file too, in one chain'),
      ],
      examples: [[ACTIONS, 'the sidecar of a box, by hand']],
      run: (invocation) => serve('actions', invocation),
    },
    {
      name: 'forward',
      summary: 'lead ports of this machine to sockets in a folder',
      description: `Listens on ports and leads what comes to the sockets 3000.sock, 3001.sock … of a folder. A link or anything
else in a socket's place is not followed. With --proxy it is an HTTP proxy, too, which reaches http://localhost:PORT
of these ports and nothing else. See docs/guide/forward.md.`,
      options: [
        setting('--folder <folder>', 'where the sockets are'),
        setting('--port <ports>', 'a port or a range such as 3000-3003; several times, 64 ports at most'),
        PROXY,
        setting('--listen <where>', 'loopback (the default), or all: in a container whose ports the engine publishes'),
      ],
      examples: [[FORWARD, 'ports 3000 to 3003, and a proxy for browsers']],
      run: (invocation) => serve('forward', invocation),
    },
    {
      name: 'health',
      summary: 'exit 0 if a sidecar works, 1 if not',
      arguments: [{ name: 'sidecar', summary: 'docker-proxy, guard, actions or forward', required: true }],
      options: [LISTEN, STATE, PROXY],
      examples: [['cofferdam serve health guard --state /run/user/1000/guard', 'for a health check']],
      run: (invocation) => serve('health', invocation),
    },
  ],
  examples: [[GUARD, 'keep editors’ sockets out of /tmp']],
  run: () => Promise.resolve(EXIT.usage),
});
