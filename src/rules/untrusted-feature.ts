import { defineRule } from './rule.ts';

/** The specification's own collection, and those of the makers of what they install. */
const KNOWN =
  /^(?:ghcr\.io|mcr\.microsoft\.com)\/(?:devcontainers|microsoft|azure|github|anthropics|openai|docker|hashicorp|dapr|google|aws|jetbrains|va-h|rocker-org)\//i;

export default defineRule({
  id: 'untrusted-feature',
  title: 'A Feature of a publisher that is not widely known',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SUP-02', 'SUP-07'],
  why: `Its script runs as root in the image, and its metadata may add privileges, mounts and commands that no file of the repository
shows. Most of these collections are one person’s.`,
  remedy:
    'Read its install.sh and metadata, then copy it into the repository (`./.devcontainer/NAME`), or do the same in the Dockerfile.',
  references: ['https://containers.dev/implementors/features-distribution/'],
  bad: [
    {
      title: 'somebody’s collection',
      files: {
        'devcontainer.json': '{ "image": "debian", "features": { «"ghcr.io/somebody/features/tool:1.2.3"»: {} } }',
      },
    },
    {
      title: 'an archive from an address',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "features": { «"https://example.com/devcontainer-feature-x.tgz"»: {} } }',
      },
    },
  ],
  good: [
    {
      title: 'the official collection, and the repository’s own',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "features": { "ghcr.io/devcontainers/features/node:1.6.3": {}, "ghcr.io/anthropics/devcontainer-features/claude-code:1.0": {}, "./own": {} } }',
        '.devcontainer/own/devcontainer-feature.json': '{ "id": "own", "version": "1.0.0" }',
      },
    },
  ],
  *check({ containers }) {
    for (const { features } of containers) {
      for (const { value, span } of features) {
        const { id } = value;
        if (/^https?:/.test(id)) {
          yield {
            at: span,
            confidence: 'high',
            severity: 'high',
            message: `${id} is fetched without a registry or a digest`,
          };
        } else if (/^(?=[\w.-]+\.[\w.-])[\w.-]+(?::\d+)?\//.test(id) && !KNOWN.test(id)) {
          const owner = id.split('/').slice(0, 2).join('/');
          yield {
            at: span,
            confidence: 'medium',
            message: `${id} runs as root in the image: is ${owner} somebody you know?`,
          };
        }
      }
    }
  },
});
