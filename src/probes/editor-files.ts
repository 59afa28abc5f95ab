import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe([
    { path: '.vscode', leaf: 'tasks.json' },
    { path: '.idea', leaf: 'workspace.xml' },
    { path: '.cursor', leaf: 'mcp.json' },
    { path: '.zed', leaf: 'tasks.json' },
    { path: '.run', leaf: 'canary.run.xml' },
    { path: '.fleet', leaf: 'run.json' },
  ]),
  id: 'editor-files',
  title: 'Tasks and settings of editors cannot be planted',
  attacks: ['TAM-05', 'TAM-06', 'RUN-11'],
  why: 'Tasks that run when the folder is opened, and settings that name programs, take effect in the user’s own editor.',
  leaves: 'Files ending in .code-workspace, which an editor opens only when told to.',
});
