import { defineRule } from './rule.ts';

const AGENT =
  /\/\.(?:claude(?:\.json)?|codex|gemini|copilot|cursor|config\/(?:opencode|github-copilot|gh|goose)|local\/share\/opencode|factory|qwen|aider[\w.-]*)$/;

export default defineRule({
  id: 'shared-agent-volume',
  title: 'Projects share one folder of the agent',
  severity: 'medium',
  persona: 'regular',
  attacks: ['PER-03', 'CRD-07'],
  why: `The volume’s name is the same in every project. What an agent was talked into leaving there, a hook, an MCP server, a memory, a
token, is obeyed by the agents of all others.`,
  remedy:
    'Make the project part of the name: `source=claude-${devcontainerId}`; compose does it unless `name` or `external` is set.',
  references: ['https://containers.dev/implementors/json_reference/#variables-in-devcontainerjson'],
  bad: [
    {
      title: 'in devcontainer.json',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "mounts": [«"source=claude-config,target=/home/node/.claude,type=volume"»] }',
      },
    },
    {
      title: 'in compose, with a name of its own',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes:\n      - «agent:/home/dev/.codex»\nvolumes:\n  agent: { name: codex-home }\n',
      },
    },
    {
      title: 'from elsewhere',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: [«"agent:/root/.config/gh"»]\nvolumes:\n  agent: { external: true }\n',
      },
    },
  ],
  good: [
    {
      title: 'one for each project',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "mounts": ["source=claude-${devcontainerId},target=/home/node/.claude,type=volume", "source=x-${localWorkspaceFolderBasename},target=/home/node/.codex,type=volume"] }',
      },
    },
    {
      title: 'compose’s own naming',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: ["agent:/home/dev/.claude"]\nvolumes:\n  agent: {}\n',
      },
    },
  ],
  *check({ containers }) {
    for (const { name, mounts } of containers) {
      for (const { value: mount, span } of mounts) {
        if (mount.shared && AGENT.test(mount.target)) {
          yield {
            at: span,
            confidence: 'high',
            message: `${name}: ${mount.source} is at ${mount.target} in every project that names it`,
          };
        }
      }
    }
  },
});
