import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe([
    { path: '.claude', leaf: 'settings.json' },
    { path: '.mcp.json' },
    { path: '.codex', leaf: 'config.toml' },
    { path: '.gemini', leaf: 'settings.json' },
    { path: '.opencode', leaf: 'canary.js' },
  ]),
  id: 'agent-config',
  title: 'Configuration of agents that run on the host cannot be planted',
  attacks: ['TAM-16', 'RUN-11', 'VSC-10'],
  why: 'Hooks, MCP servers and permissions in the workspace are honoured by an agent that the user starts on the host.',
  leaves: 'Instructions in ordinary files such as AGENTS.md (TAM-17).',
});
