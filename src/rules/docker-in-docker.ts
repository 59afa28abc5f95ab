import { offer } from '../edits/offer.ts';
import { imageParts } from '../model/knowledge.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'docker-in-docker',
  title: 'A Docker engine runs inside the dev container',
  severity: 'critical',
  persona: 'regular',
  attacks: ['DKR-07', 'RUN-01'],
  why: `A nested engine needs a privileged container. Whoever may use it is root in that container, and root in a privileged
container reaches the host’s disks and kernel.`,
  remedy: 'Remove it. Build images outside of the dev container, or in a virtual machine of their own.',
  fixes: 'Takes the Feature out; a service stays. Always unsafe: `docker` stops working in the container.',
  references: [
    'https://github.com/devcontainers/features/tree/main/src/docker-in-docker',
    'https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities',
  ],
  bad: [
    {
      title: 'as a Feature',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "features": { «"ghcr.io/devcontainers/features/docker-in-docker:2"»: {} } }',
      },
    },
    {
      title: 'as a service',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n  engine:\n    image: «docker:27-dind»\n' },
    },
  ],
  good: [
    {
      title: 'only the client',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: docker:27-cli\n' },
    },
  ],
  *check({ containers }) {
    for (const { name, features, image } of containers) {
      for (const { value, span } of features) {
        if (/\/docker-in-docker$/.test(value.id)) {
          yield {
            at: span,
            confidence: 'high',
            message: `${name} gets an engine of its own and becomes privileged for it`,
            fix: offer('Takes the Feature out', '`docker` does not work in the container any more', [
              { kind: 'remove', at: span },
            ]),
          };
        }
      }
      const parts = image && imageParts(image.value);
      if (image && parts?.name === 'docker' && /(?:^|-)dind/.test(parts.tag ?? '')) {
        yield { at: image.span, confidence: 'high', message: `${name} is a Docker engine` };
      }
    }
  },
});
