import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

export default defineRule({
  id: 'ssh-server',
  title: 'An SSH server runs in the container',
  severity: 'low',
  persona: 'regular',
  attacks: ['SHR-02', 'PRT-04'],
  why: `It is one more door, with a password or key that somebody chose for convenience, open to every container on its networks and to
whoever reaches a published port. Whoever comes in has the agent’s rights, without the editor’s questions.`,
  remedy: 'Take it out: `docker exec`, the editor and `devcontainer exec` need no server.',
  references: ['https://github.com/devcontainers/features/tree/main/src/sshd'],
  bad: [
    {
      title: 'as a Feature',
      files: {
        'devcontainer.json': '{ "image": "debian", "features": { «"ghcr.io/devcontainers/features/sshd:1"»: {} } }',
      },
    },
    {
      title: 'at start',
      files: { 'devcontainer.json': '{ "image": "debian", "postStartCommand": "«sudo service ssh start»" }' },
    },
    {
      title: 'as the image’s command',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\n«CMD ["/usr/sbin/sshd", "-D"]»\n',
      },
    },
  ],
  good: [
    {
      title: 'the client',
      files: {
        'devcontainer.json':
          '{ "build": { "dockerfile": "Dockerfile" }, "postStartCommand": "service postgresql start" }',
        Dockerfile: 'FROM debian\nRUN apt-get install -y openssh-client\nCMD ["sleep", "infinity"]\n',
      },
    },
  ],
  *check({ configurations, containers }) {
    for (const { program, args, script, at } of commands(configurations)) {
      const starts =
        program === 'sshd' ||
        (/^(?:service|systemctl|rc-service)$/.test(program) &&
          /\bsshd?\b/.test(args.join(' ')) &&
          /\b(?:re)?start\b/.test(args.join(' ')));
      if (starts && script.on === 'container')
        yield { at, confidence: 'high', message: `${script.hook} starts an SSH server` };
    }
    for (const { name, features, build } of containers) {
      for (const { value, span } of features) {
        if (/\/sshd$/.test(value.id)) yield { at: span, confidence: 'high', message: `${name} gets an SSH server` };
      }
      for (const { name: kind, text, span } of (build?.chain ?? []).flatMap(({ instructions }) => instructions)) {
        if (/^(?:CMD|ENTRYPOINT)$/.test(kind) && /(?:^|[\s"/])sshd(?=[\s"]|$)/.test(text))
          yield { at: span, confidence: 'high', message: `${name} starts an SSH server` };
      }
    }
  },
});
