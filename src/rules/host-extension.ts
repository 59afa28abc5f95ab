import { defineRule } from './rule.ts';
import { settingsOf } from './support/settings.ts';

export default defineRule({
  id: 'host-extension',
  title: 'The repository moves extensions to the host',
  severity: 'high',
  persona: 'regular',
  attacks: ['EXT-01'],
  why: `\`remote.extensionKind\` decides on which side an extension runs. One that is moved to \`ui\` works on the agent’s files with the
user’s rights, outside of the container.`,
  remedy: 'Take the setting out of the repository; whoever needs it has user settings.',
  references: ['https://code.visualstudio.com/api/advanced-topics/remote-extensions'],
  bad: [
    {
      title: 'in devcontainer.json',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "settings": { «"remote.extensionKind": { "a.b": ["ui"] }» } } } }',
      },
    },
    {
      title: 'in the workspace',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian" }',
        '.vscode/settings.json': '{ «"remote.extensionKind": { "a.b": ["ui"] }» }',
      },
    },
  ],
  good: [
    {
      title: 'another setting of the kind',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "settings": { "remote.autoForwardPorts": false, "remote.extensionKind": { "a.b": ["workspace"] } } } } }',
      },
    },
  ],
  *check({ configurations }) {
    for (const configuration of configurations) {
      for (const { key, value, at } of settingsOf(configuration)) {
        if (key === 'remote.extensionKind' && /\bui\b/.test(value))
          yield { at, confidence: 'high', message: 'extensions that are moved to `ui` run on the host' };
      }
    }
  },
});
