import { imageParts } from '../model/knowledge.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'unpinned-copy-source',
  title: 'Files are copied from an image whose tag moves',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SUP-01'],
  why: `\`COPY --from=IMAGE\` brings programs into the image as surely as FROM does, and is looked at less. Without a tag, or with \`latest\`,
they are others with each release.`,
  remedy: 'Name a version and its digest: `COPY --from=ghcr.io/astral-sh/uv:0.9.2@sha256:… /uv /bin/`.',
  references: ['https://docs.docker.com/reference/dockerfile/#copy---from'],
  bad: [
    {
      title: 'latest',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nCOPY «--from=ghcr.io/astral-sh/uv:latest» /uv /bin/\n',
      },
    },
    {
      title: 'mounted for a command',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «--mount=type=bind,from=example.com/tools,target=/t» /t/install\n',
      },
    },
  ],
  good: [
    {
      title: 'a stage, a number, a version, an argument',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian AS tools\nFROM debian\nARG UV\nCOPY --from=tools /a /a\nCOPY --from=0 /b /b\nCOPY --from=ghcr.io/astral-sh/uv:0.9.2 /uv /bin/\nCOPY --from=${UV} /x /x\n',
      },
    },
  ],
  *check({ containers }) {
    for (const { build } of containers) {
      const names = new Set(build?.dockerfile.stages.map(({ name }) => name));
      for (const { flags } of (build?.chain ?? []).flatMap(({ instructions }) => instructions)) {
        for (const { value, span } of flags) {
          const image = /^(?:from=|mount=(?:\S*,)?from=)([^,\s]+)/.exec(value)?.[1];
          if (image === undefined || /^\d+$|[$]/.test(image) || names.has(image.toLowerCase())) continue;
          const { tag, digest } = imageParts(image);
          if (digest === undefined && (tag === undefined || /^(?:latest|main|master|edge|nightly)$/.test(tag)))
            yield { at: span, confidence: 'high', message: `${image} is another image with each release` };
        }
      }
    }
  },
});
