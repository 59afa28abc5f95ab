import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

export default defineRule({
  id: 'image-password',
  title: 'A user’s password is set in the image',
  severity: 'medium',
  persona: 'regular',
  attacks: ['RUN-04', 'CRD-09'],
  why: `It is in the repository and in the image’s history, the same for everybody who builds it: whatever asks for it, su, sudo or an
SSH server, asks for nothing.`,
  remedy: 'Leave the account without a password (`useradd` locks it); nothing in a dev container has to log in.',
  references: ['https://man7.org/linux/man-pages/man8/chpasswd.8.html'],
  bad: [
    {
      title: 'chpasswd',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN useradd dev && echo "dev:dev" | «chpasswd»\n',
      },
    },
    {
      title: 'none at all',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «passwd -d root»\n',
      },
    },
    {
      title: 'as an option',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «useradd -m -p abc dev»\n',
      },
    },
  ],
  good: [
    {
      title: 'locked',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN useradd -m dev && passwd -l root && adduser --disabled-password other\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const { program, args, at } of commands(configurations)) {
      const option = args.findIndex((word) => /^(?:-p|--password(?:=.*)?)$/.test(word));
      const value = args[option]?.startsWith('--password=') === true ? args[option] : args[option + 1];
      if (program === 'chpasswd') yield { at, confidence: 'high', message: 'a password is written in the image' };
      else if (program === 'passwd' && args.some((word) => /^(?:-d|--delete)$/.test(word)))
        yield { at, confidence: 'high', message: 'an account opens without a password' };
      else if (/^(?:useradd|usermod)$/.test(program) && option >= 0 && !/^[*!'"]*$/.test(value ?? ''))
        yield { at, confidence: 'high', message: 'a password is written in the image' };
    }
  },
});
