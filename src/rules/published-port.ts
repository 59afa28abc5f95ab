import { offer, removal } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

const LOOPBACK = /^(?:127\.|localhost$|::1$)/;

export default defineRule({
  id: 'published-port',
  title: 'A port is published to the whole network',
  severity: 'medium',
  persona: 'regular',
  attacks: ['PRT-04', 'SHR-02'],
  why: `Without an address a published port answers on every one of the host’s, and Docker opens it past the host’s own firewall. Whoever
shares the network reaches development servers and databases that trust everybody.`,
  remedy: 'Bind it to loopback: `127.0.0.1:3000:3000`, or let the editor forward it.',
  fixes:
    'Puts 127.0.0.1 before the port. Safe: on this machine it answers as before, others no longer reach it. Taking `--publish-all` out is unsafe.',
  references: ['https://docs.docker.com/engine/network/port-publishing/'],
  bad: [
    {
      title: 'short',
      files: { 'compose.yaml': 'services:\n  db:\n    image: debian\n    ports:\n      - «"5432:5432"»\n' },
    },
    {
      title: 'long',
      files: {
        'compose.yaml':
          'services:\n  db:\n    image: debian\n    ports:\n      - «target: 5432\n        published: "5432"»\n',
      },
    },
    {
      title: 'by docker run',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"-p", "3000:3000"»] }' },
    },
    {
      title: 'every address, said aloud',
      files: { 'devcontainer.json': '{ "image": "debian", "appPort": [«"0.0.0.0:80:80"»] }' },
    },
  ],
  good: [
    {
      title: 'loopback',
      files: {
        'compose.yaml': 'services:\n  db:\n    image: debian\n    ports: ["127.0.0.1:5432:5432", "[::1]:1:1"]\n',
      },
    },
    {
      title: 'forwarded by the editor',
      files: { 'devcontainer.json': '{ "image": "debian", "forwardPorts": [3000], "appPort": 3000 }' },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      for (const { value: port, span } of container.ports) {
        if (LOOPBACK.test(port.address) || port.address.includes('${')) continue;
        yield {
          at: span,
          confidence: 'high',
          message: `${container.name} publishes ${port.target} on every address`,
          fix: offer(`Port ${port.target} answers on this machine only`, undefined, [
            port.long
              ? { kind: 'put', to: { span }, values: { host_ip: '127.0.0.1' } }
              : { kind: 'replace', at: span, change: onLoopback },
          ]),
        };
      }
      for (const { span } of flagsOf(container, 'publish_all')) {
        yield {
          at: span,
          confidence: 'high',
          message: `${container.name} publishes all its ports on every address`,
          ...removal(container, span, 'No port is published', 'forward the ones that are needed'),
        };
      }
    }
  },
});

/**
 * `[OPTION][ADDRESS:][HOST:]CONTAINER` bound to loopback; undefined for what is no port, or where a variable is the address.
 * Variables are one word in it: `${PORT:-80}:80`.
 */
export function onLoopback(text: string): string | undefined {
  const masked = text.replace(/\$\{[^{}]*\}/g, (variable) => '_'.repeat(variable.length));
  const match = /^(-p=?|--publish=)?(?:(\[[\da-f:]*\]|[\d.]*):)?((?:[\w-]*:)?[\w-]+(?:\/\w+)?)$/i.exec(masked);
  if (!match || text === '-p' || text === '--publish') return undefined;
  const [, option = '', address, ports = ''] = match;
  // `3000:80` has its first number taken for an address: it is one only if a second colon follows, or dots are in it.
  const isAddress = address !== undefined && (ports.includes(':') || /[.[]/.test(address));
  const rest = isAddress || address === undefined ? ports : `${address}:${ports}`;
  const tail = text.slice(text.length - rest.length);
  return `${option}127.0.0.1:${rest.includes(':') ? '' : ':'}${tail}`;
}
