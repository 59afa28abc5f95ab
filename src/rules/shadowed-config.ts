import { defineRule } from './rule.ts';

export default defineRule({
  id: 'shadowed-config',
  title: 'A second configuration waits for the first to go away',
  severity: 'low',
  persona: 'regular',
  attacks: ['TAM-04'],
  why: `Tools take \`.devcontainer/devcontainer.json\` and pass over \`.devcontainer.json\` without a word. Nobody looks at it, until the first
one is renamed or a colleague picks the second from the list: a box with other rules, under the same name.`,
  remedy:
    'Delete the one that is not used, or move it to `.devcontainer/NAME/devcontainer.json`, where tools offer it by name.',
  references: ['https://containers.dev/implementors/spec/#devcontainerjson'],
  bad: [
    {
      title: 'both places',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian:12" }',
        '.devcontainer.json': '{ «"image"»: "debian:11" }',
      },
    },
  ],
  good: [
    {
      title: 'by name',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian:12" }',
        '.devcontainer/old/devcontainer.json': '{ "image": "debian:11" }',
        'sub/.devcontainer.json': '{ "image": "debian:11" }',
      },
    },
  ],
  *check({ configurations }) {
    for (const { root, file, at } of configurations) {
      const first = configurations.find(
        (other) => other.root === root && /\.devcontainer\/devcontainer\.json$/.test(other.file),
      );
      if (first && /(?:^|\/)\.devcontainer\.json$/.test(file))
        yield {
          at,
          confidence: 'high',
          message: `tools take ${first.file} instead`,
          see: [{ value: 'this one is used', span: first.at }],
        };
    }
  },
});
