import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

const OFF = /\bStrictHostKeyChecking[\s=]+["']?(?:no|off)\b/i;
const NOWHERE = /\bUserKnownHostsFile[\s=]+["']?\/dev\/null/i;

export default defineRule({
  id: 'host-key-unchecked',
  title: 'SSH talks to any server that answers',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SUP-03', 'CRD-01'],
  why: `The host key is all that tells the real server from one that took its address. Without the check a clone brings the code of
whoever answers, and a forwarded agent signs for them.`,
  remedy:
    'Put the server’s published host keys into `/etc/ssh/ssh_known_hosts` in the Dockerfile and leave the check on.',
  references: [
    'https://man.openbsd.org/ssh_config#StrictHostKeyChecking',
    'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/githubs-ssh-key-fingerprints',
  ],
  bad: [
    {
      title: 'for git',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "containerEnv": { «"GIT_SSH_COMMAND": "ssh -o StrictHostKeyChecking=no"» } }',
      },
    },
    {
      title: 'in the image',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN mkdir /x && «echo "StrictHostKeyChecking no" >> /etc/ssh/ssh_config»\n',
      },
    },
    {
      title: 'keys as the network gives them',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "postCreateCommand": "«ssh-keyscan github.com >> ~/.ssh/known_hosts»" }',
      },
    },
  ],
  good: [
    {
      title: 'keys that are known',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\nCOPY known_hosts /etc/ssh/ssh_known_hosts\nRUN echo "StrictHostKeyChecking yes" >> /etc/ssh/ssh_config\n',
      },
    },
  ],
  *check({ configurations, containers }) {
    for (const { program, words, at } of commands(configurations)) {
      const line = words.join(' ');
      if (program === 'ssh-keyscan') {
        yield {
          at,
          confidence: 'high',
          severity: 'low',
          message: 'host keys are taken from the network without a comparison',
        };
      } else if (OFF.test(line) || NOWHERE.test(line)) {
        yield { at, confidence: 'high', message: 'the host key of SSH servers is not checked' };
      }
    }
    for (const { name, environment } of containers) {
      for (const { value: variable, span } of environment) {
        const value = variable.value ?? '';
        if (OFF.test(value) || NOWHERE.test(value)) {
          yield { at: span, confidence: 'high', message: `${name}: ${variable.name} waives the check of host keys` };
        }
      }
    }
  },
});
