import { removal } from '../edits/offer.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

const AGENT = /SSH_AUTH_SOCK|\/run\/host-services\/ssh-auth\.sock|(?:^|\/)S\.gpg-agent|\/ssh-[^/]+\/agent\./;

const LOSES = 'git over SSH and signing have to be done on the host';

export default defineRule({
  id: 'ssh-agent-forward',
  title: 'The host’s SSH or GPG agent is passed in',
  severity: 'critical',
  persona: 'regular',
  attacks: ['CRD-01', 'CRD-02'],
  why: `Whoever reaches the agent’s socket signs with every key that it holds: pushes to all repositories, logs in to all servers. The keys
themselves stay outside, which helps little while the container runs.`,
  remedy: 'Remove it, and push from the host.',
  fixes:
    'Takes the mount, the variable, the flag of RUN or the item of `build.ssh` out. Always unsafe: git over SSH stops working in the container, or in its build.',
  references: [
    'https://man.openbsd.org/ssh-agent#SECURITY_CONSIDERATIONS',
    'https://docs.docker.com/desktop/features/networking/',
  ],
  bad: [
    {
      title: 'its socket as a mount',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "mounts": [«"source=${localEnv:SSH_AUTH_SOCK},target=/ssh-agent,type=bind"»] }',
      },
    },
    {
      title: 'Docker Desktop’s',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [«"/run/host-services/ssh-auth.sock:/agent.sock"»]\n',
      },
    },
    {
      title: 'the variable',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: debian\n    environment:\n      «SSH_AUTH_SOCK: /agent.sock»\n',
      },
    },
    {
      title: 'with a default for hosts that have none',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [«"${SSH_AUTH_SOCK:-/dev/null}:/agent"», "${SOCK:-/dev/null}:/sock"]\n',
      },
    },
    {
      title: 'a build that compose gives it to',
      files: {
        'compose.yaml': 'services:\n  dev:\n    build:\n      context: .\n      ssh:\n        - «default»\n',
        Dockerfile: 'FROM debian\n',
      },
    },
    {
      title: 'a build that may use it',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «--mount=type=ssh» git clone git@example.com:a/b\n',
      },
    },
  ],
  good: [
    {
      title: 'the variable, emptied',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "remoteEnv": { "SSH_AUTH_SOCK": "" }, "containerEnv": { "SSH_AUTH_SOCK": "" } }',
      },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      const { name, mounts, environment, build } = container;
      for (const { value, span } of flagsOf(container, 'build_ssh')) {
        yield {
          at: span,
          confidence: 'high',
          severity: 'medium',
          message: `building ${name} can sign with the host’s keys (ssh: ${value.value})`,
          ...removal(container, span, 'The build no longer gets the agent', 'if it needs a key, it fails'),
        };
      }
      for (const { value: mount, span } of mounts) {
        if (mount.type === 'bind' && [mount.source, ...(mount.hostVariables ?? [])].some((part) => AGENT.test(part))) {
          yield {
            at: span,
            confidence: 'high',
            message: `${name} can sign with the host’s keys through ${mount.target}`,
            ...removal(container, span, 'Takes the agent’s socket away', LOSES),
          };
        }
      }
      for (const { value: variable, span } of environment) {
        if (!/^(?:SSH_AUTH_SOCK|GPG_AGENT_INFO)$/.test(variable.name) || variable.value === '') continue;
        if (variable.kind === 'remote' && variable.value === undefined) continue; // null: unset
        yield {
          at: span,
          confidence: 'medium',
          message: `${name} is told where the host’s agent answers (${variable.name})`,
          ...removal(container, span, `Takes ${variable.name} out`, LOSES),
        };
      }
      for (const { instructions } of build?.dockerfile.stages ?? []) {
        for (const { value, span } of instructions.flatMap(({ flags }) => flags)) {
          if (/^mount=(?:.*,)?type=ssh(?:,|$)/.test(value)) {
            yield {
              at: span,
              confidence: 'high',
              severity: 'medium',
              message: `building ${name} can sign with the host’s keys`,
              ...removal(
                container,
                span,
                'The instruction no longer gets the agent',
                'if it needs a key, the build fails',
              ),
            };
          }
        }
      }
    }
  },
});
