import { child, entry, entrySpan, items, text } from '../model/tree.ts';
import { defineRule } from './rule.ts';
import { settingsOf } from './support/settings.ts';

export default defineRule({
  id: 'automatic-task',
  title: 'A task runs as soon as the folder is opened',
  severity: 'high',
  persona: 'regular',
  attacks: ['TAM-05'],
  why: `It runs wherever the folder is opened and trusted, on the host as well, and before anybody looked at what the agent changed in the
task or in the scripts that it calls.`,
  remedy:
    'Take `runOn` out and start the task by hand, or make it a `postStartCommand`, which runs in the container only.',
  references: ['https://code.visualstudio.com/docs/debugtest/tasks#_run-behavior'],
  bad: [
    {
      title: 'a task',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian" }',
        '.vscode/tasks.json':
          '{ "version": "2.0.0", "tasks": [{ "label": "x", "type": "shell", "command": "make", "runOptions": { «"runOn": "folderOpen"» } }] }',
      },
    },
    {
      title: 'without a question',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "settings": { «"task.allowAutomaticTasks": "on"» } } } }',
      },
    },
  ],
  good: [
    {
      title: 'by hand',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "settings": { "task.allowAutomaticTasks": "off" } } } }',
        '.vscode/tasks.json':
          '{ "tasks": [{ "label": "folderOpen", "command": "make", "runOptions": { "runOn": "default" } }] }',
      },
    },
  ],
  *check({ configurations }) {
    for (const configuration of configurations) {
      for (const { name, tree } of configuration.settingsFiles) {
        if (name !== '.vscode/tasks.json') continue;
        for (const task of items(child(tree, 'tasks'))) {
          const pair = entry(child(task, 'runOptions'), 'runOn');
          if (!pair || text(pair.value) !== 'folderOpen') continue;
          const label = text(child(task, 'label')) ?? text(child(task, 'command')) ?? 'a task';
          yield {
            at: entrySpan(pair),
            confidence: 'high',
            message: `${label} runs when the folder is opened, on the host too`,
          };
        }
      }
      for (const { key, value, at, inContainer } of settingsOf(configuration)) {
        if (key === 'task.allowAutomaticTasks' && value === 'on') {
          const severity = inContainer ? 'medium' : 'high';
          yield { at, confidence: 'high', severity, message: 'tasks that start by themselves need no consent' };
        }
      }
    }
  },
});
