import { defineRule } from './rule.ts';

export default defineRule({
  id: 'auto-forwarded-port',
  title: 'Every port that opens inside opens on the host',
  severity: 'low',
  persona: 'pedantic',
  attacks: ['PRT-01', 'PRT-03'],
  why: `The editor forwards whatever starts to listen to the host’s localhost. A process inside takes the port that a login on the host
waits for, or that another program’s pages trust.`,
  remedy:
    'Name the ports that are needed in `forwardPorts` and set `"otherPortsAttributes": { "onAutoForward": "ignore" }`.',
  references: ['https://containers.dev/implementors/json_reference/#port-attributes'],
  bad: [
    { title: 'as it is by default', files: { 'devcontainer.json': '{ «"image"»: "debian", "forwardPorts": [3000] }' } },
  ],
  good: [
    {
      title: 'only those that are named',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "forwardPorts": [3000], "otherPortsAttributes": { "onAutoForward": "ignore" } }',
      },
    },
    {
      title: 'switched off in the editor',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "settings": { "remote.autoForwardPorts": false } } } }',
      },
    },
  ],
  *check({ configurations }) {
    for (const { kind, at, portAttributes, settings } of configurations) {
      const ignored = portAttributes.some(({ value }) => value.port === 'other' && value.onAutoForward === 'ignore');
      const off = settings.some(({ value }) => value.key === 'remote.autoForwardPorts' && value.value === 'false');
      if (kind === 'devcontainer' && !ignored && !off)
        yield { at, confidence: 'high', message: 'whatever listens inside gets a port on the host' };
    }
  },
});
