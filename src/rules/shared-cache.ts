import { insideRoot } from '../model/files.ts';
import { isOpen, type Mount } from '../model/mount.ts';
import { defineRule } from './rule.ts';

/** Where package managers keep what they fetched, below a home folder or as a folder of its own. */
const CACHE =
  /(?:^|\/)(?:\.npm|\.pnpm-store|pnpm\/store|\.local\/share\/pnpm(?:\/store)?|\.yarn(?:\/(?:berry\/)?cache)?|\.cache(?:\/(?:pip|uv|yarn|pnpm|go-build|pypoetry|bazel|ms-playwright|huggingface|pre-commit))?|\.cargo(?:\/registry)?|\.rustup|\.m2(?:\/repository)?|\.gradle(?:\/caches)?|go\/pkg(?:\/mod)?|\.nuget(?:\/packages)?|\.composer\/cache|\.bundle|\.ivy2|\.sbt|\.conan2?|Library\/(?:pnpm\/store|Caches\/[\w-]+))$/;

const fromHost = ({ type, source }: Mount): boolean => type === 'bind' && (isOpen(source) || !insideRoot(source));

export default defineRule({
  id: 'shared-cache',
  title: 'A package cache is shared with the host or other projects',
  severity: 'high',
  persona: 'regular',
  attacks: ['PER-01', 'PER-02'],
  why: `What lies in the cache is taken for what it was when it was fetched: checksums are looked at on the way in, not on the way out. An
agent that changes a package there changes it for the host’s next install, and hard links edit projects where they stand.`,
  remedy: 'Give each project a volume of its own for it, or mount the host’s read-only.',
  references: [
    'https://pnpm.io/faq#why-does-my-node_modules-folder-use-disk-space-if-packages-are-stored-in-a-global-store',
  ],
  bad: [
    {
      title: 'the host’s',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: node\n    volumes:\n      - «~/.local/share/pnpm/store:/pnpm»\n',
      },
    },
    {
      title: 'from a place that only the host knows',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: node\n    volumes: [«"${PNPM_STORE_PATH}:/home/dev/.local/share/pnpm/store"»]\n',
      },
    },
    {
      title: 'one volume for all projects',
      files: {
        'devcontainer.json':
          '{ "image": "maven", "mounts": [«"type=volume,source=maven,target=/root/.m2/repository"»] }',
      },
    },
  ],
  good: [
    {
      title: 'the project’s own, or read-only',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: node\n    volumes: ["store:/home/dev/.local/share/pnpm/store", "~/.m2/repository:/root/.m2/repository:ro", "./.npm:/root/.npm"]\nvolumes:\n  store: {}\n',
      },
    },
  ],
  *check({ containers }) {
    for (const { name, role, mounts } of containers) {
      if (role !== 'agent') continue;
      for (const { value: mount, span } of mounts) {
        if (mount.readOnly) continue;
        const cache = [mount.source, mount.target].some((path) => CACHE.test(path));
        if (cache && fromHost(mount)) {
          yield {
            at: span,
            confidence: mount.resolved ? 'high' : 'medium',
            message: `${name} changes packages that the host installs from (${mount.source})`,
          };
        } else if (mount.shared && CACHE.test(mount.target)) {
          yield {
            at: span,
            confidence: 'high',
            severity: 'medium',
            message: `${name} changes packages of every project that names ${mount.source}`,
          };
        }
      }
    }
  },
});
