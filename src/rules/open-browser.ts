import { defineRule } from './rule.ts';

export default defineRule({
  id: 'open-browser',
  title: 'A page from the container opens on the host by itself',
  severity: 'medium',
  persona: 'regular',
  attacks: ['PRT-02', 'UIX-01'],
  why: `Any process in the container that listens on the port shows a page of its own in the user’s browser, on localhost: with the cookies
of what else runs there, and with requests to all of it.`,
  remedy: 'Set `"onAutoForward": "notify"` or `"silent"`; the link is one click away.',
  references: ['https://containers.dev/implementors/json_reference/#port-attributes'],
  bad: [
    {
      title: 'a port',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "portsAttributes": { "3000": { "label": "app", «"onAutoForward": "openBrowser"» } } }',
      },
    },
    {
      title: 'every port',
      files: {
        'devcontainer.json': '{ "image": "debian", "otherPortsAttributes": { «"onAutoForward": "openPreview"» } }',
      },
    },
  ],
  good: [
    {
      title: 'a message',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "portsAttributes": { "3000": { "label": "openBrowser", "onAutoForward": "notify" } } }',
      },
    },
  ],
  *check({ configurations }) {
    for (const { portAttributes } of configurations) {
      for (const { value, span } of portAttributes) {
        if (!/^open(?:Browser(?:Once)?|Preview)$/.test(value.onAutoForward)) continue;
        const port = value.port === 'other' ? 'any port' : `port ${value.port}`;
        yield { at: span, confidence: 'high', message: `what listens on ${port} opens a page on the host` };
      }
    }
  },
});
