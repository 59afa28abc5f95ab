import type { Severity } from '../core/finding.ts';
import { removal } from '../edits/offer.ts';
import { defineRule } from './rule.ts';

interface Secret {
  readonly path: RegExp;
  readonly what: string;
  readonly severity: Severity;
}

/** Below the home folder; each with what it gives to whoever reads it. */
const SECRETS: readonly Secret[] = [
  { path: /^\.ssh(?:\/|$)/, what: 'SSH keys', severity: 'critical' },
  { path: /^\.gnupg(?:\/|$)/, what: 'GPG keys', severity: 'critical' },
  { path: /^\.aws(?:\/|$)/, what: 'AWS credentials', severity: 'critical' },
  { path: /^\.azure(?:\/|$)/, what: 'Azure credentials', severity: 'critical' },
  { path: /^\.config\/gcloud(?:\/|$)/, what: 'Google Cloud credentials', severity: 'critical' },
  { path: /^\.kube(?:\/|$)/, what: 'cluster credentials', severity: 'critical' },
  { path: /^\.docker(?:\/|$)/, what: 'registry logins', severity: 'high' },
  { path: /^\.config\/gh(?:\/|$)/, what: 'the GitHub CLI’s token', severity: 'critical' },
  {
    path: /^\.(?:config\/hub|git-credentials|netrc|config\/git\/credentials)$/,
    what: 'git’s stored passwords',
    severity: 'critical',
  },
  {
    path: /^\.(?:npmrc|yarnrc(?:\.yml)?|pypirc|gem\/credentials|cargo\/credentials(?:\.toml)?)$/,
    what: 'a registry token',
    severity: 'high',
  },
  {
    path: /^\.(?:m2\/settings\.xml|m2|gradle\/gradle\.properties|nuget\/NuGet\/NuGet\.Config)$/,
    what: 'repository passwords',
    severity: 'high',
  },
  {
    path: /^\.(?:password-store|vault-token|terraform\.d|config\/op|config\/sops|local\/share\/keyrings)(?:\/|$)/,
    what: 'a secret store',
    severity: 'critical',
  },
  { path: /^Library\/(?:Keychains|Cookies)(?:\/|$)/, what: 'the keychain', severity: 'critical' },
  {
    path: /^\.(?:mozilla|config\/(?:google-chrome|chromium|BraveSoftware))(?:\/|$)/,
    what: 'browser sessions',
    severity: 'critical',
  },
  {
    path: /^\.gitconfig$|^\.config\/git(?:\/|$)/,
    what: 'git’s configuration, with any token in it',
    severity: 'medium',
  },
  {
    path: /^\.(?:claude(?:\.json)?|codex|gemini|copilot|config\/opencode|config\/github-copilot|local\/share\/opencode|cursor)(?:\/|$)/,
    what: 'a coding agent’s token, hooks and memory of the host',
    severity: 'high',
  },
];

const HOME = /^(?:~|\/home\/[^/]+|\/root|\/Users\/[^/]+|[A-Za-z]:\/Users\/[^/]+)\/(.+)$/;
const MOUNTED = /^\/(?:home\/[^/]+|root)\/(.+)$/;

const DOES = 'Takes the mount out';
const LOSES = 'what logs in with it needs a token of its own';

export default defineRule({
  id: 'credential-mount',
  title: 'Credentials of the host are mounted',
  severity: 'critical',
  persona: 'regular',
  attacks: ['RUN-07', 'CRD-05', 'CRD-07', 'PER-03'],
  why: `Every process in the container reads them: the agent, each package that it installs, each test. Read-only does not keep a key
from being copied.`,
  remedy: 'Remove the mount. Give the agent a token of its own that can do little and can be revoked.',
  fixes: 'Takes the mount out. Always unsafe: what logs in with it needs a token of its own.',
  references: ['https://docs.docker.com/engine/storage/bind-mounts/'],
  bad: [
    {
      title: 'keys, read-only',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes:\n      - «~/.ssh:/home/vscode/.ssh:ro»\n',
      },
    },
    {
      title: 'with the usual variables',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "mounts": [«"source=${localEnv:HOME}${localEnv:USERPROFILE}/.aws,target=/home/vscode/.aws,type=bind"»] }',
      },
    },
    {
      title: 'as an object',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "mounts": [«{ "type": "bind", "source": "${localEnv:HOME}/.config/gh", "target": "/gh" }»] }',
      },
    },
    {
      title: 'the agent’s folder of the host',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: [«"$HOME/.claude:/home/node/.claude"»]\n',
      },
    },
    {
      title: 'from a place that only the host knows',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"-v", "${localEnv:KEYS}:/root/.ssh"»] }' },
    },
  ],
  good: [
    {
      title: 'a volume of the project',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["claude-config:/home/node/.claude"]\n',
      },
    },
    {
      title: 'a folder of the workspace',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["./.claude-box:/home/node/.claude"]\n',
      },
    },
    {
      title: 'the keys of somebody called ssh',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["~/ssh-notes:/notes"]\n' },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      const { name, mounts } = container;

      for (const { value: mount, span } of mounts) {
        if (mount.type !== 'bind' || /\.sock$/.test(mount.source)) continue;
        const inside = HOME.exec(mount.source)?.[1];
        const secret = SECRETS.find(({ path }) => inside !== undefined && path.test(inside));
        if (secret) {
          const { what, severity } = secret;
          yield {
            at: span,
            severity,
            confidence: mount.resolved ? 'high' : 'medium',
            message: `${name} gets ${what} (${mount.source})`,
            ...removal(container, span, DOES, LOSES),
          };
          continue;
        }
        // An unknown source on a well-known target most likely brings what the target is for.
        const target = mount.resolved ? undefined : MOUNTED.exec(mount.target)?.[1];
        const likely = SECRETS.find(({ path }) => target !== undefined && path.test(target));
        if (likely) {
          const { what, severity } = likely;
          yield {
            at: span,
            severity,
            confidence: 'medium',
            message: `${name} most likely gets ${what} at ${mount.target}`,
            ...removal(container, span, DOES, LOSES),
          };
        }
      }
    }
  },
});
