import { insideRoot } from '../model/files.ts';
import { writable } from '../model/protection.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'writable-own-config',
  title: 'The agent can rewrite its own container',
  severity: 'high',
  persona: 'regular',
  attacks: ['TAM-01', 'TAM-02', 'TAM-03', 'RUN-10'],
  why: `devcontainer.json, the compose files, .env and the Dockerfile lie in the workspace. Whoever can write them decides at the next
rebuild what is mounted, what is privileged and what runs on the host.`,
  remedy: `Mount the folder read-only over the workspace: \`../.devcontainer:/workspace/.devcontainer:ro\`. Only a folder directly below
the workspace is safe this way: deeper ones are renamed together with their parent.`,
  references: ['https://containers.dev/implementors/json_reference/#lifecycle-scripts'],
  bad: [
    { title: 'a workspace mounted as usual', files: { '.devcontainer/devcontainer.json': '{ «"image"»: "debian" }' } },
    {
      title: 'in compose',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        '.devcontainer/compose.yaml': 'services:\n  dev:\n    image: debian\n    volumes:\n      - «..:/app:cached»\n',
      },
    },
    {
      title: 'read-only, but below a folder that can be renamed',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "../ops/box/compose.yaml", "service": "dev" }',
        'ops/box/compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes:\n      - «../..:/app»\n      - ../../.devcontainer:/app/.devcontainer:ro\n      - .:/app/ops/box:ro\n',
      },
    },
  ],
  good: [
    {
      title: 'the folder is read-only',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes:\n      - ..:/app\n      - type: bind\n        source: ../.devcontainer\n        target: /app/.devcontainer\n        read_only: true\n',
      },
    },
    {
      title: 'another service writes it',
      files: {
        '.devcontainer/devcontainer.json': '{ "dockerComposeFile": "compose.yaml", "service": "dev" }',
        '.devcontainer/compose.yaml':
          'services:\n  dev:\n    image: debian\n  docs:\n    image: debian\n    volumes: ["..:/app"]\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const { files, containers } of configurations) {
      for (const container of containers) {
        if (container.role !== 'agent') continue;
        const open = files.filter(insideRoot).flatMap((file) => {
          const how = writable(container, file);
          return how ? [{ file, how }] : [];
        });
        const [first, ...rest] = open;
        if (!first) continue;
        const { through, despite } = first.how;
        const more = rest.length > 0 ? ` and ${rest.map(({ file }) => file).join(', ')}` : '';
        const see = despite
          ? [{ value: 'this does not help: its parent folder can be renamed and made anew', span: despite.span }]
          : [];
        yield { at: through.span, confidence: 'high', message: `${container.name} writes ${first.file}${more}`, see };
      }
    }
  },
});
