import type { Fix } from '../core/fix.ts';
import type { Span } from '../core/span.ts';
import { offer } from '../edits/offer.ts';
import { SOCKET_PROXIES } from '../model/knowledge.ts';
import { defineRule } from './rule.ts';

/** Switches of the Tecnativa proxy and of images that follow it: what each lets through. */
const WRITES: Readonly<Record<string, string>> = {
  POST: 'every writing request of the open sections',
  ALLOW_START: 'starting containers',
  ALLOW_STOP: 'stopping containers',
  ALLOW_RESTARTS: 'stopping, restarting and killing containers',
  ALLOW_PAUSE: 'pausing containers',
  ALLOW_UNPAUSE: 'resuming containers',
  EXEC: 'running commands in containers',
  BUILD: 'building images',
  COMMIT: 'making images of containers',
  SESSION: 'build sessions',
  GRPC: 'build sessions',
  SECRETS: 'the swarm’s secrets',
  CONFIGS: 'the swarm’s configurations',
  SWARM: 'the swarm',
  PLUGINS: 'the engine’s plug-ins',
};
const ON = /^(?:1|true|yes|on|t|y)$/i;

export default defineRule({
  id: 'docker-proxy-write',
  title: 'The engine’s proxy lets writes through',
  severity: 'critical',
  persona: 'regular',
  attacks: ['DKR-04'],
  why: `A proxy in front of the socket helps as long as nothing that changes anything passes. One switch turned on for convenience is
enough to run a command in another container, or to make one that mounts the host.`,
  remedy: 'Turn it off. What the agent has to trigger elsewhere, offer as an HTTP endpoint that does that one thing.',
  fixes: 'Sets the switch to 0. Always unsafe: whoever uses it through the proxy is refused.',
  references: ['https://github.com/Tecnativa/docker-socket-proxy#readme'],
  bad: [
    {
      title: 'as a map',
      files: {
        'compose.yaml':
          'services:\n  proxy:\n    image: tecnativa/docker-socket-proxy:0.3\n    environment:\n      CONTAINERS: 0\n      «POST: 1»\n',
      },
    },
    {
      title: 'as a list, with a default',
      files: {
        'compose.yaml':
          'services:\n  proxy:\n    image: ghcr.io/tecnativa/docker-socket-proxy:0.3\n    environment:\n      - «ALLOW_RESTARTS=${RESTARTS:-1}»\n',
      },
    },
    {
      title: 'by switches of the program',
      files: {
        'compose.yaml':
          'services:\n  proxy:\n    image: wollomatic/socket-proxy:1\n    command: [«-allowGET=.*», -allowPOST=.*]\n',
      },
    },
  ],
  good: [
    {
      title: 'reads by switches of the program',
      files: {
        'compose.yaml':
          'services:\n  proxy:\n    image: wollomatic/socket-proxy:1\n    command: [-loglevel=info, -allowGET=/v1.*]\n',
      },
    },
    {
      title: 'switched off',
      files: {
        'compose.yaml':
          'services:\n  proxy:\n    image: tecnativa/docker-socket-proxy:0.3\n    environment:\n      POST: 0\n      EXEC: "0"\n      BUILD: ""\n',
      },
    },
    {
      title: 'a variable of that name elsewhere',
      files: { 'compose.yaml': 'services:\n  web:\n    image: debian\n    environment:\n      POST: 1\n' },
    },
  ],
  *check({ containers }) {
    for (const { name, image, environment, command } of containers) {
      if (!image || !SOCKET_PROXIES.test(image.value)) continue;
      for (const { value: variable, span } of environment) {
        const what = WRITES[variable.name];
        if (what === undefined || !ON.test(variable.value ?? '')) continue;
        const sure = variable.name === 'POST' || variable.name.startsWith('ALLOW_');
        yield {
          at: span,
          confidence: sure ? 'high' : 'medium',
          message: `${name} lets through ${what}`,
          fix: switchOff(variable.name, span),
        };
      }
      for (const { value: variable, span } of environment) {
        if (/^SP_ALLOW_(?:POST|PUT|DELETE|PATCH)(?:_\d+)?$/.test(variable.name) && variable.value !== '') {
          yield {
            at: span,
            confidence: 'medium',
            message: `${name} lets writing requests through that match a pattern`,
          };
        }
      }
      // The switches of wollomatic/socket-proxy (its README): a pattern for each method.
      const methods = [...(command?.value ?? '').matchAll(/(?:^|\s)--?allow(POST|PUT|DELETE|PATCH)=(\S+)/g)];
      if (command && methods.length > 0) {
        const all = methods.some(([, , pattern = '']) => /^['"]?(?:\.\*|\/\.\*)/.test(pattern));
        yield {
          at: command.span,
          confidence: all ? 'high' : 'medium',
          message: `${name} lets through ${[...new Set(methods.map(([, method]) => method))].join(', ')}${all ? '' : ' that match a pattern'}`,
        };
      }
    }
  },
});

/** Sets a switch of the proxy to 0: the value of a map, or what follows the equals sign in a list. */
export const switchOff = (name: string, at: Span): Fix =>
  offer(`Sets ${name} to 0`, 'whoever uses it through the proxy is refused', [
    {
      kind: 'replace',
      at,
      change: (text) => (text.startsWith(`${name}=`) ? `${name}=0` : text.includes('=') ? undefined : '0'),
    },
  ]);
