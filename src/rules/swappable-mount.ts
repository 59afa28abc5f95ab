import { insideRoot } from '../model/files.ts';
import { isOpen, type Mount } from '../model/mount.ts';
import { writable } from '../model/protection.ts';
import type { Container } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'swappable-mount',
  title: 'The agent decides what a mount brings in',
  severity: 'high',
  persona: 'regular',
  attacks: ['RUN-08'],
  why: `The mount’s source lies in the workspace. The agent puts a link in its place, and the engine, which runs as root and follows it,
mounts what the link points at: the host’s home folder, or the engine’s socket.`,
  remedy:
    'Take a named volume, or a source outside of the workspace; one below a folder that is mounted read-only into it, such as .devcontainer, holds as well.',
  references: ['https://docs.docker.com/engine/storage/bind-mounts/'],
  bad: [
    {
      title: 'the agent’s settings',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "c.yaml", "service": "dev" }',
        '.devcontainer/c.yaml':
          'services:\n  dev:\n    image: debian\n    volumes:\n      - ..:/app:cached\n      - «../.claude-box/.claude.json:/home/dev/.claude.json»\n',
      },
    },
    {
      title: 'a cache',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "mounts": [«"source=${localWorkspaceFolder}/.cache,target=/home/dev/.cache,type=bind"»] }',
      },
    },
    {
      title: 'of another container (told with --pedantic)',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [".:/app"]\n  db:\n    image: debian\n    volumes: [«"./data/sql:/init:ro"»]\n',
      },
    },
  ],
  good: [
    {
      title: 'over itself, and below what is read-only',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "c.yaml", "service": "dev" }',
        '.devcontainer/c.yaml':
          'services:\n  dev:\n    image: debian\n    volumes:\n      - ..:/app\n      - ../.vscode:/app/.vscode:ro\n      - .:/app/.devcontainer:ro\n      - ./state/claude:/home/dev/.claude\n      - cache:/home/dev/.cache\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const { root, containers } of configurations) {
      const agents = containers.filter(({ role }) => role === 'agent');
      for (const { name, role, mounts } of containers) {
        const open = mounts.filter(
          ({ value }) => inWorkspace(value, root) && agents.some((agent) => swaps(agent, value.source)),
        );
        const [first, ...others] = open;
        if (!first) continue;
        const message = `${name} gets whatever the agent makes ${first.value.source} a link to`;
        const see = others.map(({ value, span }) => ({ value: `so it is with ${value.source}`, span }));
        yield role === 'agent'
          ? { at: first.span, confidence: 'high', message, see }
          : { at: first.span, confidence: 'medium', severity: 'medium', persona: 'pedantic', message, see };
      }
    }
  },
});

/** A file or folder of the workspace, not the workspace itself nor a folder above it. */
function inWorkspace({ type, source }: Mount, root: string): boolean {
  if (type !== 'bind' || isOpen(source) || !insideRoot(source)) return false;
  return source !== '.' && source !== root && !root.startsWith(`${source}/`);
}

function swaps(agent: Container, source: string): boolean {
  const others = agent.mounts.filter(({ value }) => value.source !== source);
  return writable({ ...agent, mounts: [...others, ...over(agent.mounts, source)] }, source) !== undefined;
}

/** Mounts of the source on its own place in the workspace: a mount point cannot be replaced by a link. */
const over = (mounts: Container['mounts'], source: string): Container['mounts'] =>
  mounts
    .filter(({ value }) => value.source === source && value.target.endsWith(`/${source.replace(/^.*\//, '')}`))
    .map((mount) => ({ ...mount, value: { ...mount.value, readOnly: true } }));
