import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

const OPEN = /^(?:0?[0-7]{2}[2367]|(?=[ugoa,]*[ao])[ugoa,]*[+=](?=[rxXst]*w)[rwxXst]*|\+[rxX]*w[rwxX]*)$/;
const SOCKET = /(?<![\w.-])(?=[\w.-]*(?:docker|podman|containerd))[\w.-]*\.sock\b/;
/** Folders whose files root, or every user, executes or obeys. */
const SYSTEM = /^\/(?:etc|usr|bin|sbin|lib|lib64|opt|root|var\/lib|boot)(?:\/|$)|^\/$/;

export default defineRule({
  id: 'world-writable',
  title: 'Everybody may write what root trusts',
  severity: 'medium',
  persona: 'regular',
  attacks: ['RUN-04', 'DKR-01'],
  why: `A program or setting that any user may replace is run by root at the next start, by another user, or by a check that meant to
trust it. An engine’s socket that everybody may write gives the host to every process in the container.`,
  remedy: 'Give the files to the user who needs them (`COPY --chown`, `chown`) and leave system folders to root.',
  references: ['https://docs.docker.com/engine/install/linux-postinstall/'],
  bad: [
    {
      title: 'a socket',
      files: {
        'devcontainer.json': '{ "image": "debian", "postStartCommand": "«sudo chmod 666 /var/run/docker.sock»" }',
      },
    },
    {
      title: 'programs',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «chmod -R 777 /usr/local»\n',
      },
    },
    {
      title: 'settings',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «chmod a+rw /etc/passwd»\n',
      },
    },
  ],
  good: [
    {
      title: 'a folder of data, and a sticky one',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\nRUN chmod 777 /data && chmod 1777 /var/tmp && chmod 755 /usr/local/bin && chmod +x /usr/bin/a\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const { program, args, at } of commands(configurations)) {
      if (program !== 'chmod') continue;
      const [mode = '', ...files] = args.filter((word) => !word.startsWith('-'));
      if (!OPEN.test(mode)) continue;
      const socket = files.find((file) => SOCKET.test(file));
      const system = files.find((file) => SYSTEM.test(file));
      if (socket !== undefined) {
        yield { at, confidence: 'high', severity: 'high', message: `every user may give orders through ${socket}` };
      } else if (system !== undefined) yield { at, confidence: 'high', message: `every user may change ${system}` };
    }
  },
});
