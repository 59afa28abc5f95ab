import { defineRule } from './rule.ts';
import { type Command, commands } from './support/commands.ts';

const FEATURE = /\/(?:tailscale|ngrok|cloudflared|zerotier|netbird)$/i;
const EXTENSION = /^(?:ms-vscode\.remote-server|ms-vsliveshare\.vsliveshare)(?:@|$)/i;

function opens({ program, args }: Command): boolean {
  const [verb = ''] = args.filter((word) => !word.startsWith('-'));
  if (program === 'cloudflared' || program === 'code' || program === 'code-insiders') return verb === 'tunnel';
  if (program === 'devtunnel') return verb === 'host';
  if (program === 'tailscale') return /^(?:up|serve|funnel)$/.test(verb);
  if (program === 'ssh' || program === 'autossh') return args.some((word) => /^-[a-zA-Z]*R$/.test(word));
  return /^(?:ngrok|localtunnel|zerotier-one|tailscaled)$/.test(program) && !/^(?:config|version|update)$/.test(verb);
}

export default defineRule({
  id: 'tunnel',
  title: 'A tunnel lets the internet in',
  severity: 'medium',
  persona: 'regular',
  attacks: ['PRT-04', 'NET-01'],
  why: `A tunnel goes out as ordinary traffic and brings others in: past the host’s firewall, past published ports, to the editor’s server
or to the development server. Whoever has the address or the token has what the container has.`,
  remedy: 'Open it by hand while it is needed, from the host and to one port.',
  references: ['https://code.visualstudio.com/docs/remote/tunnels'],
  bad: [
    {
      title: 'at start',
      files: { 'devcontainer.json': '{ "image": "debian", "postStartCommand": "«ngrok http 3000» &" }' },
    },
    {
      title: 'the editor’s own',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "extensions": [«"ms-vscode.remote-server"»] } }, "postAttachCommand": "«code tunnel --accept-server-license-terms»" }',
      },
    },
    {
      title: 'as a Feature',
      files: {
        'devcontainer.json': '{ "image": "debian", "features": { «"ghcr.io/tailscale/codespace/tailscale"»: {} } }',
      },
    },
  ],
  good: [
    {
      title: 'installed, not started',
      files: {
        'devcontainer.json':
          '{ "build": { "dockerfile": "Dockerfile" }, "postCreateCommand": "code --version; ssh -T git@example.com" }',
        Dockerfile: 'FROM debian\nRUN ngrok version\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const command of commands(configurations)) {
      if (command.script.on === 'container' && opens(command))
        yield { at: command.at, confidence: 'high', message: `${command.program} lets others in from outside` };
    }
    for (const { extensions, containers } of configurations) {
      for (const { value, span } of extensions) {
        if (EXTENSION.test(value))
          yield { at: span, confidence: 'medium', severity: 'low', message: `${value} lets others in from outside` };
      }
      for (const { value, span } of containers.flatMap(({ features }) => features)) {
        if (FEATURE.test(value.id))
          yield { at: span, confidence: 'medium', message: `${value.id} joins the container to another network` };
      }
    }
  },
});
