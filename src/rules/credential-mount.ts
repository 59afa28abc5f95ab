import { removal } from '../edits/offer.ts';
import { mountedSecret } from '../model/credentials.ts';
import { defineRule } from './rule.ts';

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
      title: 'of other programs, and the folder of all settings',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes:\n      - «~/.pgpass:/a»\n      - «~/.oci:/b»\n      - «~/.config:/c»\n      - «~/.aws-vault:/d»\n      - ~/.config/nvim:/e\n      - ~/.ssh-dev:/f\n',
      },
    },
    {
      title: 'beside the repository, and in the settings of Windows',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "mounts": [«"source=${localWorkspaceFolder}/../.aws,target=/a,type=bind"», «"source=${localEnv:APPDATA}/gcloud,target=/b,type=bind"»] }',
      },
    },
    {
      title: 'where a variable says, with a default',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [«"${KUBECONFIG:-/dev/null}:/k"», "${NOTES:-/dev/null}:/n"]\n',
      },
    },
    {
      title: 'from a place that only the host knows',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"-v", "${localEnv:KEYS}:/root/.ssh"»] }' },
    },
    {
      title: 'by way of a link, or from a folder of the workspace',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "initializeCommand": "ln -sfn ~/.config/gh /tmp/gh", "mounts": [«"source=/tmp/gh,target=/home/dev/.config/gh,type=bind"», «"source=${localWorkspaceFolder}/.aws,target=/home/dev/.aws,type=bind"»] }',
      },
    },
    {
      title: 'as a secret of compose',
      files: {
        'devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    secrets: [«API_KEY», region]\n  db:\n    image: debian\n    secrets: [db_password]\nsecrets:\n  API_KEY: { file: ./keys/api }\n  region: { file: ./region }\n  db_password: { file: ./db }\n',
      },
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
      title: 'hosts and public keys',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: ["~/.ssh/known_hosts:/root/.ssh/known_hosts:ro", "~/.ssh/id_ed25519.pub:/key.pub:ro"]\n',
      },
    },
    {
      title: 'the keys of somebody called ssh',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["~/ssh-notes:/notes"]\n' },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      const { name, mounts, role } = container;
      for (const { value: mount, span } of mounts) {
        const secret = mountedSecret(mount);
        if (!secret) continue;
        const { what, severity, likely } = secret;
        // A service has its own password for its work.
        if (likely && role !== 'agent' && mount.target.startsWith('/run/secrets/')) continue;
        const above = mount.source.startsWith('../');
        yield {
          at: span,
          severity,
          confidence: likely || above || !mount.resolved ? 'medium' : 'high',
          message: likely
            ? `${name} most likely gets ${what} at ${mount.target}`
            : `${name} gets ${what} (${mount.source})`,
          ...removal(container, span, DOES, LOSES),
        };
      }
    }
  },
});
