import { insideRoot, resolveFrom, within } from '../model/files.ts';
import { writable } from '../model/protection.ts';
import { base } from '../model/words.ts';
import type { Configuration } from '../model/workspace.ts';
import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

const INTERPRETER = /^(?:(?:ba|z|da|k)?sh|python[\d.]*|node|perl|ruby|source|\.)$/;

/** The file of the workspace that a word names, as it is called in the repository. */
function inWorkspace(word: string, { root, containers }: Configuration): string | undefined {
  const path = word.replace(/^\$\{?(?:containerWorkspaceFolder|localWorkspaceFolder|PWD)\}?\/|^\$\(pwd\)\//, './');
  if (!/^[\w./-]+$/.test(path)) return undefined;
  if (!path.startsWith('/')) {
    const resolved = resolveFrom(root === '.' ? '' : root, path);
    return insideRoot(resolved) ? resolved : undefined;
  }
  for (const { value: mount } of containers.flatMap(({ mounts }) => mounts)) {
    if (mount.type === 'bind' && insideRoot(mount.source) && within(path, mount.target))
      return resolveFrom(mount.source, path.slice(mount.target.length + 1) || '.');
  }
  return undefined;
}

export default defineRule({
  id: 'sudo-workspace-script',
  title: 'Root runs a script that the agent can change',
  severity: 'high',
  persona: 'regular',
  attacks: ['RUN-04', 'RUN-03'],
  why: `The script lies in the workspace. The agent writes into it what it was not allowed to do, and at the next creation or start it is
done as root; a firewall that is set up this way is gone.`,
  remedy: 'Copy the script into the image, where root owns it, and run it there; or do its work in the Dockerfile.',
  references: ['https://containers.dev/implementors/json_reference/#lifecycle-scripts'],
  bad: [
    {
      title: 'by its path',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "postStartCommand": "«sudo .devcontainer/firewall.sh»" }',
      },
    },
    {
      title: 'through a shell',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "workspaceFolder": "/work", "postCreateCommand": { "a": "«sudo -E bash /work/scripts/setup.sh --all»" } }',
      },
    },
  ],
  good: [
    {
      title: 'part of the image',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "postStartCommand": "sudo /usr/local/bin/init-firewall.sh" }',
      },
    },
    {
      title: 'not as root, or not a script',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "postCreateCommand": "bash .devcontainer/setup.sh; sudo chown -R dev ./node_modules; sudo apt-get install -y ./a" }',
      },
    },
    {
      title: 'read-only in the container',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "dockerComposeFile": "c.yaml", "service": "dev", "postStartCommand": "sudo .devcontainer/setup.sh" }',
        '.devcontainer/c.yaml':
          'services:\n  dev:\n    image: debian\n    volumes: ["..:/app", ".:/app/.devcontainer:ro"]\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const { words, program, args, script, configuration, at } of commands(configurations)) {
      if (script.on !== 'container' || script.hook === 'start' || !/^(?:sudo|doas)$/.test(base(words[0] ?? '')))
        continue;
      const named = words.find((word) => base(word) === program) ?? '';
      const file = INTERPRETER.test(program) ? args.find((word) => !word.startsWith('-')) : named;
      if (file === undefined || (file === named && !file.includes('/'))) continue;
      const path = inWorkspace(file, configuration);
      const agent = configuration.containers.find(({ role }) => role === 'agent');
      if (path !== undefined && agent && writable(agent, path)) {
        yield { at, confidence: 'high', message: `${script.hook} runs ${path} as root, and the agent writes it` };
      }
    }
  },
});
