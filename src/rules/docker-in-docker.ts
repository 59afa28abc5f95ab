import type { Problem } from '../core/finding.ts';
import type { Located } from '../core/span.ts';
import { offer } from '../edits/offer.ts';
import { imageParts } from '../model/knowledge.ts';
import { imageFacts } from '../model/knowledge-images.ts';
import { type Container, flagsOf } from '../model/workspace.ts';
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
      title: 'as a Feature, with a volume for it: one engine',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "features": { «"ghcr.io/devcontainers/features/docker-in-docker:2"»: {} }, "mounts": ["type=volume,source=dind,target=/var/lib/docker"] }',
      },
    },
    {
      title: 'as the image of a Dockerfile',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM «docker:27-dind»\n',
      },
    },
    {
      title: 'in a folder of the host',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    privileged: true\n    volumes: [«./docker:/var/lib/docker»]\n',
      },
    },
    {
      title: 'as a service',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n  engine:\n    image: «docker:27-dind»\n' },
    },
    {
      title: 'part of the image',
      files: { 'devcontainer.json': '{ "image": «"mcr.microsoft.com/devcontainers/universal:2"» }' },
    },
    {
      title: 'by hand: a place for its images',
      files: {
        'devcontainer.json':
          '{ "image": "example.com/team/box:1", "privileged": true, "mounts": [«"type=volume,target=/var/lib/docker"»] }',
      },
    },
  ],
  good: [
    {
      title: 'only the client',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: docker:27-cli\n' },
    },
    {
      title: 'a volume elsewhere, and what the host keeps there to be looked at',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "privileged": true, "mounts": ["type=volume,source=x,target=/mnt", "type=bind,source=/var/lib/docker,target=/var/lib/docker,readonly"] }',
      },
    },
    {
      title: 'a folder that is called so, without the power to start an engine',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "mounts": ["type=bind,source=${localWorkspaceFolder}/data,target=/var/lib/docker"] }',
      },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      const { name, features, image, build } = container;
      const added = features.filter(({ value }) => FEATURE.test(value.id));
      for (const { span } of added) {
        yield {
          at: span,
          confidence: 'high',
          message: `${name} gets an engine of its own and becomes privileged for it`,
          fix: offer('Takes the Feature out', '`docker` does not work in the container any more', [
            { kind: 'remove', at: span },
          ]),
        };
      }
      const base = build?.chain.at(-1)?.from ?? image;
      const parts = base && imageParts(base.value);
      if (base && parts?.name === 'docker' && /(?:^|-)dind/.test(parts.tag ?? '')) {
        yield { at: base.span, confidence: 'high', message: `${name} is a Docker engine` };
      } else if (added.length === 0) yield* otherwise(container, base);
    }
  },
});

const FEATURE = /\/docker-in-docker$/;

/** An engine that comes with the image, or a place where one keeps its images (dockerd(8), --data-root). */
function* otherwise(container: Container, base: Located<string> | undefined): Iterable<Problem> {
  const { name, mounts } = container;
  if (base && imageFacts(base.value)?.engine) {
    // As with what its label asks for, an old tag may lack it.
    yield { at: base.span, confidence: 'medium', message: `${name} gets an engine of its own with its image` };
    return;
  }
  // None runs without the power for it.
  if (flagsOf(container, 'privileged').length === 0) return;
  for (const { value, span } of mounts) {
    if (value.target !== '/var/lib/docker' || value.readOnly) continue;
    const message = `${name} has a place for the images of an engine of its own`;
    yield { at: span, confidence: 'high', message };
  }
}
