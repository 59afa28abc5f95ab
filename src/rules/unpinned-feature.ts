import { defineRule } from './rule.ts';

export default defineRule({
  id: 'unpinned-feature',
  title: 'A Feature is named without a version',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SUP-02', 'SUP-01'],
  why: `A Feature’s script runs as root while the image is built, and its metadata may add privileges, mounts and commands. Without a
version each build takes the newest there is.`,
  remedy:
    'Write a version, and keep devcontainer-lock.json in the repository (`devcontainer upgrade` writes it): it holds the digests.',
  references: ['https://containers.dev/implementors/features/#versioning'],
  bad: [
    {
      title: 'none',
      files: {
        'devcontainer.json': '{ "image": "debian", "features": { «"ghcr.io/devcontainers/features/node"»: {} } }',
      },
    },
    {
      title: 'latest',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "features": { «"ghcr.io/devcontainers/features/node:latest"»: {} } }',
      },
    },
    {
      title: 'the major version only (told with --pedantic)',
      files: {
        'devcontainer.json': '{ "image": "debian", "features": { «"ghcr.io/devcontainers/features/node:1"»: {} } }',
      },
    },
  ],
  good: [
    {
      title: 'a whole version, a digest, one of the repository',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "features": { "ghcr.io/devcontainers/features/node:1.6.3": {}, "ghcr.io/devcontainers/features/git@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef": {}, "./own": {} } }',
        '.devcontainer/own/devcontainer-feature.json': '{ "id": "own", "version": "1.0.0" }',
      },
    },
  ],
  *check({ containers }) {
    for (const { features } of containers) {
      for (const { value, span } of features) {
        const { id, version } = value;
        if (!id.includes('/') || /^(?:\.|https?:)/.test(id)) continue;
        if (version === undefined || version === '' || version === 'latest')
          yield { at: span, confidence: 'high', message: `${id} is another Feature with each release` };
        else if (/^\d+(?:\.\d+)?$/.test(version)) {
          yield {
            at: span,
            confidence: 'high',
            severity: 'low',
            persona: 'pedantic',
            message: `${id}:${version} moves within its version`,
          };
        }
      }
    }
  },
});
