import type { Container } from '../model/workspace.ts';
import { flagsOf } from '../model/workspace.ts';
import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

/** Each vendor's own switch; their manuals say to use it in a sandbox only. */
const SWITCH =
  /(?:^|[\s'"=])(--dangerously-skip-permissions|--allow-dangerously-skip-permissions|--permission-mode[= ]bypassPermissions|--dangerously-bypass-approvals-and-sandbox|--dangerously-allow-all|--allow-all-tools|--approval-mode[= ]yolo|--yolo)(?=$|[\s'"])/;

/** Whether the box holds what a command inside may do: nothing that makes root of it, no capability. */
const closed = (container: Container): boolean =>
  flagsOf(container, 'cap_drop').some(({ value }) => /^all$/i.test(value.value)) &&
  flagsOf(container, 'security_opt').some(({ value }) => /^no-new-privileges(?:[:=]true)?$/.test(value.value));

export default defineRule({
  id: 'agent-without-questions',
  title: 'An agent runs without asking, in a box that does not hold',
  severity: 'medium',
  persona: 'regular',
  attacks: ['TAM-18', 'TAM-17', 'RUN-04'],
  why: `With this switch nobody sees a command before it runs, so the container is the only thing between a sentence in a web page and
the host. It is meant for containers that give nothing away; this one keeps capabilities or lets programs become root.`,
  remedy:
    'Close the box first: `cap_drop: [ALL]` and `security_opt: ["no-new-privileges:true"]`. Then the switch is what the box is for.',
  references: ['https://docs.claude.com/en/docs/claude-code/devcontainer'],
  bad: [
    {
      title: 'as an alias',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «echo "alias c=\'claude --dangerously-skip-permissions\'" >> /etc/bash.bashrc»\n',
      },
    },
    {
      title: 'at start',
      files: {
        'devcontainer.json':
          '{ "image": "debian", "postStartCommand": "«codex --dangerously-bypass-approvals-and-sandbox exec fix»" }',
      },
    },
    {
      title: 'as the container’s command',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    command: «["gemini", "--yolo"]»\n    cap_drop: [ALL]\n',
      },
    },
  ],
  good: [
    {
      title: 'in a closed box',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: debian\n    command: ["claude", "--dangerously-skip-permissions"]\n    cap_drop: [ALL]\n    security_opt: ["no-new-privileges:true"]\n',
      },
    },
    {
      title: 'an agent that asks',
      files: {
        'devcontainer.json': '{ "image": "debian", "postStartCommand": "claude --version && echo --yolo-mode" }',
      },
    },
  ],
  *check({ configurations }) {
    for (const { words, configuration, script, at } of commands(configurations)) {
      const agents = configuration.containers.filter(({ role }) => role === 'agent');
      if (script.on !== 'host' && agents.length > 0 && agents.every(closed)) continue;
      const found = SWITCH.exec(words.join(' '))?.[1];
      if (found === undefined) continue;
      yield script.on === 'host'
        ? { at, confidence: 'high', severity: 'high', message: `${found} on the host` }
        : { at, confidence: 'high', message: `${found}, and the box would not hold what it does` };
    }
  },
});
