import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

/** What is in a command that starts a debugger, and that it listens on every address. */
const OPEN: readonly (readonly RegExp[])[] = [
  [/--inspect(?:-brk|-wait)?[= ](?:0\.0\.0\.0|\[?::\]?)(?::|\s|$)/],
  [/\bdebugpy\b/, /--listen[= ]0\.0\.0\.0/],
  [/\bdlv\b/, /--listen[= ](?:0\.0\.0\.0)?:\d/],
];

const open = (line: string): boolean =>
  OPEN.some((patterns) => patterns.every((pattern) => pattern.test(line))) || line.split(/\s/).some(openJdwp);

/** `-agentlib:jdwp=transport=…,address=*:5005`; the address is in the same word. */
function openJdwp(word: string): boolean {
  const at = word.indexOf('jdwp=');
  return at >= 0 && /\baddress=(?:\*|0\.0\.0\.0):/.test(word.slice(at));
}

export default defineRule({
  id: 'open-debugger',
  title: 'A debugger answers on every address',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SHR-02', 'PRT-04'],
  why: `A debugger asks for no password and executes what it is sent. On every address it answers each container of its networks, and the
whole local network where the port is published.`,
  remedy: 'Bind it to loopback (`--inspect=127.0.0.1:9229`); the editor forwards the port by itself.',
  references: ['https://nodejs.org/en/learn/getting-started/debugging#security-implications'],
  bad: [
    {
      title: 'in the environment',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: node\n    environment:\n      «NODE_OPTIONS: --inspect=0.0.0.0:9229»\n',
      },
    },
    {
      title: 'by command',
      files: {
        'compose.yaml':
          'services:\n  api:\n    image: python\n    command: «python -m debugpy --listen 0.0.0.0:5678 app.py»\n',
      },
    },
    {
      title: 'of Java',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "postStartCommand": "«java -agentlib:jdwp=transport=dt_socket,server=y,address=*:5005 -jar a.jar»" }',
      },
    },
  ],
  good: [
    {
      title: 'on loopback',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: node\n    environment: { NODE_OPTIONS: "--inspect=127.0.0.1:9229" }\n    command: node --inspect app.js --host 0.0.0.0\n',
      },
    },
    {
      title: 'beside a server that is on every address',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "postStartCommand": "java -Dserver.address=0.0.0.0:80 -agentlib:jdwp=server=y,address=127.0.0.1:5005 -jar a.jar" }',
      },
    },
  ],
  *check({ configurations, containers }) {
    for (const { words, at } of commands(configurations)) {
      if (open(words.join(' '))) yield { at, confidence: 'high', message: 'a debugger listens on every address' };
    }
    for (const { name, environment } of containers) {
      for (const { value: variable, span } of environment) {
        if (open(variable.value ?? ''))
          yield {
            at: span,
            confidence: 'high',
            message: `${name}: ${variable.name} opens a debugger on every address`,
          };
      }
    }
  },
});
