import { defineRule } from './rule.ts';

export default defineRule({
  id: 'unpinned-extension',
  title: 'An extension is installed in its newest version',
  severity: 'low',
  persona: 'pedantic',
  attacks: ['SUP-06'],
  why: `Each new container gets what the publisher pushed last, and the editor updates it while you work. With a version in its name it
stays what was looked at.`,
  remedy: 'Write the version: `ms-python.python@2025.4.0`.',
  references: ['https://code.visualstudio.com/docs/configure/extensions/extension-marketplace'],
  bad: [
    {
      title: 'no version',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "extensions": [«"ms-python.python"»] } } }',
      },
    },
    {
      title: 'the pre-release',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "extensions": [«"ms-python.python@prerelease"»] } } }',
      },
    },
  ],
  good: [
    {
      title: 'a version',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "extensions": ["ms-python.python@2025.4.0", "-ms-python.flake8"] } } }',
      },
    },
  ],
  *check({ configurations }) {
    for (const { extensions } of configurations) {
      for (const { value, span } of extensions) {
        if (/^[\w-]+\.[\w.-]+(?:@(?!\d).*)?$/.test(value) && !value.startsWith('-') && !value.endsWith('.vsix'))
          yield { at: span, confidence: 'high', message: `${value}: whatever version is newest then` };
      }
    }
  },
});
