import { SOCKET_PROXIES } from '../model/knowledge.ts';
import { switchOff } from './docker-proxy-write.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'docker-proxy-wide',
  title: 'The engine’s proxy opens a whole section',
  severity: 'critical',
  persona: 'regular',
  attacks: ['DKR-02', 'DKR-03'],
  why: `CONTAINERS=1 lets every GET below /containers through, of every project on the machine: archive copies their files, inspect tells
their environment, and attach/ws, a GET as well, is a shell in them. POST=0 changes none of it.`,
  remedy:
    'Use a proxy that knows single endpoints and this project’s containers only; `docker: read` in cofferdam.yaml brings one.',
  fixes: 'Sets the switch to 0. Always unsafe: whoever uses it through the proxy is refused.',
  references: ['https://github.com/Tecnativa/docker-socket-proxy/issues/182'],
  bad: [
    {
      title: 'with POST switched off',
      files: {
        'compose.yaml':
          'services:\n  proxy:\n    image: tecnativa/docker-socket-proxy:0.3\n    environment:\n      «CONTAINERS: 1»\n      POST: 0\n',
      },
    },
  ],
  good: [
    {
      title: 'only what tells little',
      files: {
        'compose.yaml':
          'services:\n  proxy:\n    image: tecnativa/docker-socket-proxy:0.3\n    environment:\n      CONTAINERS: 0\n      VERSION: 1\n',
      },
    },
  ],
  *check({ containers }) {
    for (const { name, image, environment } of containers) {
      if (!image || !SOCKET_PROXIES.test(image.value)) continue;
      for (const { value: variable, span } of environment) {
        if (variable.name === 'CONTAINERS' && /^(?:1|true|yes|on|t|y)$/i.test(variable.value ?? '')) {
          yield {
            at: span,
            confidence: 'high',
            message: `${name} reads files, environment and terminals of every container`,
            fix: switchOff(variable.name, span),
          };
        }
      }
    }
  },
});
