import { insideRoot, resolveFrom } from '../model/files.ts';
import { writable } from '../model/protection.ts';
import { defineRule } from './rule.ts';
import { settingsOf } from './support/settings.ts';

/** Settings whose value an extension or the editor starts, or loads as code. */
const PROGRAM =
  /(?:^|\.)(?:tsdk|sdk|nodePath|runtime|interpreter|defaultInterpreterPath|pythonPath|executable|executablePath|binaryPath|serverPath|path\.server|command|cmakePath|goroot|alternateTools|prettierPath|prettier\.prettierPath|phpPath|javaPath|rubyPath|flutterSdkPath|dartSdkPath|git\.path)$/i;

export default defineRule({
  id: 'workspace-program',
  title: 'The editor’s settings name a program that the agent can change',
  severity: 'medium',
  persona: 'regular',
  attacks: ['TAM-06', 'TAM-13'],
  why: `The settings are in the workspace, and so is the program. When the folder is opened on the host, its editor starts what the agent
put there, often just to show a file.`,
  remedy: 'Say it in `customizations.vscode.settings` of devcontainer.json, where it counts in the container only.',
  references: ['https://code.visualstudio.com/docs/editing/workspaces/workspace-trust'],
  bad: [
    {
      title: 'an interpreter',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian" }',
        '.vscode/settings.json':
          '{ «"python.defaultInterpreterPath": "${workspaceFolder}/.venv/bin/python"», «"typescript.tsdk": "node_modules/typescript/lib"» }',
      },
    },
  ],
  good: [
    {
      title: 'for the container, and a program of the system',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "settings": { "python.defaultInterpreterPath": ".venv/bin/python" } } } }',
        '.vscode/settings.json':
          '{ "python.defaultInterpreterPath": "/usr/bin/python3", "files.associations": {}, "eslint.runtime": "node", "npm.packageManager": "./x" }',
      },
    },
  ],
  *check({ configurations }) {
    for (const configuration of configurations) {
      const { root, containers } = configuration;
      for (const { key, value, at, inContainer } of settingsOf(configuration)) {
        const path = value.replace(/^\$\{workspaceFolder(?::[^}]*)?\}\//, './');
        if (inContainer || !PROGRAM.test(key) || !path.includes('/') || /^[$~/]|^[A-Za-z]:/.test(path)) continue;
        const file = resolveFrom(root === '.' ? '' : root, path);
        const open = containers.some((agent) => agent.role === 'agent' && writable(agent, file) !== undefined);
        if (insideRoot(file) && open)
          yield {
            at,
            confidence: 'medium',
            message: `an editor on the host starts or loads ${file}, which the agent writes`,
          };
      }
    }
  },
});
