import type { Problem } from '../core/finding.ts';
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
          'services:\n  proxy:\n    image: wollomatic/socket-proxy:1\n    entrypoint: /socket-proxy\n    command: [-allowGET=.*, «-allowPOST=.*», -listenip=0.0.0.0, «-allowPUT», /v1.*/containers/web/restart]\n',
      },
    },
  ],
  good: [
    {
      title: 'reads by switches of the program',
      files: {
        'compose.yaml':
          'services:\n  proxy:\n    image: wollomatic/socket-proxy:1\n    command: [-loglevel=info, -allowGET=/v1.*, "-allowPOST="]\n',
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
    for (const { name, image, environment, words } of containers) {
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
        const [, method] = /^SP_ALLOW_(POST|PUT|DELETE|PATCH)(?:_.*)?$/.exec(variable.name) ?? [];
        if (method !== undefined && variable.value !== '') {
          yield { at: span, ...matching(name, method, variable.value ?? '') };
        }
      }
      for (const [at, { value: word, span }] of words.entries()) {
        const [, method, joined] = SWITCH.exec(word) ?? [];
        const pattern = unquoted(joined ?? words[at + 1]?.value ?? '');
        if (method !== undefined && pattern !== '') yield { at: span, ...matching(name, method, pattern) };
      }
    }
  },
});

/** A switch of wollomatic/socket-proxy: a pattern of paths for each method, in the same word or the next (its config.go). */
const SWITCH = /^--?allow(POST|PUT|DELETE|PATCH)(?:=(.*))?$/;

const unquoted = (text: string): string => text.replace(/^(['"])(.*)\1$/, '$2');

/** The program puts `^` and `$` around it. */
const matching = (name: string, method: string, pattern: string): Omit<Problem, 'at'> =>
  /^\^?\/?\.[*+]\$?$/.test(pattern)
    ? { confidence: 'high', message: `${name} lets through every ${method}` }
    : { confidence: 'medium', message: `${name} lets through each ${method} that matches a pattern` };

/** Sets a switch of the proxy to 0: the value of a map, or what follows the equals sign in a list. */
export const switchOff = (name: string, at: Span): Fix =>
  offer(`Sets ${name} to 0`, 'whoever uses it through the proxy is refused', [
    {
      kind: 'replace',
      at,
      change: (text) => (text.startsWith(`${name}=`) ? `${name}=0` : text.includes('=') ? undefined : '0'),
    },
  ]);
