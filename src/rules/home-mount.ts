import { removal } from '../edits/offer.ts';
import { defineRule } from './rule.ts';

const WHOLE =
  /^(?:\/|~|\/home(?:\/[^/]+)?|\/root|\/Users(?:\/[^/]+)?|[A-Za-z]:\/?(?:Users(?:\/[^/]+)?)?|\/mnt\/[a-z]|\/Volumes)$/;
const SYSTEM =
  /^\/(?:etc|var|usr|opt|boot|dev|proc|sys|run|lib|mnt|media|srv|private)$|^\/var\/(?:lib|lib\/docker|run|log|spool\/cron)$|^\/etc\/(?:cron\.d|systemd|sudoers\.d|ssh)$|^\/run\/user(?:\/\d+)?$/;

const DOES = 'Takes the mount out';
const LOSES = 'what uses those files does not find them any more';

export default defineRule({
  id: 'home-mount',
  title: 'A whole home or system folder is mounted',
  severity: 'critical',
  persona: 'regular',
  attacks: ['RUN-07'],
  why: `A home folder holds keys, tokens, browser sessions and the files that shells and editors run at start. Where it is writable, the
next shell on the host runs what the agent wrote.`,
  remedy: 'Mount only the workspace and the few folders that are needed.',
  fixes: 'Takes the mount out. Always unsafe: what uses those files does not find them any more.',
  references: ['https://docs.docker.com/engine/storage/bind-mounts/'],
  bad: [
    {
      title: 'the home folder',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: [«"~:/host-home"»]\n' },
    },
    {
      title: 'with a variable',
      files: {
        'devcontainer.json': '{ "image": "debian", "mounts": [«"source=${localEnv:HOME},target=/h,type=bind"»] }',
      },
    },
    {
      title: 'behind switches in one word',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"-itv", "/:/host"»] }' },
    },
    {
      title: 'the root',
      files: { 'devcontainer.json': '{ "image": "debian", "runArgs": [«"--volume=/:/host:ro"»] }' },
    },
  ],
  good: [
    {
      title: 'the repository, from the folder of its configuration',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        '.devcontainer/compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["..:/workspace"]\n',
      },
    },
    {
      title: 'the folder above the repository has a rule of its own',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["..:/workspaces:cached"]\n' },
    },
    {
      title: 'a volume at home',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes: ["home:/home/vscode"]\n' },
    },
  ],
  *check({ containers }) {
    for (const container of containers) {
      const { name, mounts } = container;

      for (const { value: mount, span } of mounts) {
        if (mount.type !== 'bind') continue;
        const access = mount.readOnly ? 'reads' : 'reads and writes';
        if (WHOLE.test(mount.source)) {
          yield {
            at: span,
            confidence: 'high',
            message: `${name} ${access} all of ${mount.source}`,
            ...removal(container, span, DOES, LOSES),
          };
        } else if (SYSTEM.test(mount.source)) {
          yield {
            at: span,
            confidence: 'high',
            severity: 'high',
            message: `${name} ${access} the host’s ${mount.source}`,
            ...removal(container, span, DOES, LOSES),
          };
        }
      }
    }
  },
});
