import { AGENT_PATHS } from '../policy/layout.ts';
import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe(AGENT_PATHS.map((path) => ({ path }))),
  id: 'agent-config',
  title: 'Configuration of agents that run on the host cannot be planted',
  attacks: ['TAM-16', 'RUN-11', 'VSC-10'],
  why: 'Hooks, MCP servers and permissions in the workspace are honoured by an agent that the user starts on the host.',
  leaves:
    'Names that agents look for and that nobody has put on the list of protected paths yet; instructions in ordinary files such as AGENTS.md (TAM-17).',
});
