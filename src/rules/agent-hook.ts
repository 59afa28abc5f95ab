import { child, type Entry, entries, entry, entrySpan, items, type Tree, text } from '../model/tree.ts';
import { defineRule } from './rule.ts';
import { settingsFile } from './support/settings.ts';

/** Commands that the settings make Claude Code run by itself. */
function programs(tree: Tree): readonly Entry[] {
  const hooks = entries(child(tree, 'hooks')).flatMap(({ value }) =>
    items(value).flatMap((matcher) => items(child(matcher, 'hooks')).map((hook) => entry(hook, 'command'))),
  );
  const others = ['apiKeyHelper', 'awsAuthRefresh', 'awsCredentialExport', 'otelHeadersHelper'].map((key) =>
    entry(tree, key),
  );
  return [...hooks, ...others, entry(child(tree, 'statusLine'), 'command')].filter((pair) => pair !== undefined);
}

export default defineRule({
  id: 'agent-hook',
  title: 'The repository has agents run a command by themselves',
  severity: 'medium',
  persona: 'regular',
  attacks: ['TAM-16'],
  why: `Hooks, status lines and key helpers are run without a question, by the agent on the host as well as by the one in the box. Whoever
can change the settings, or the script that they name, has a command run outside.`,
  remedy:
    'Keep hooks in the user’s own settings, or mount the agents’ folders read-only in the box and review changes to them.',
  references: ['https://docs.claude.com/en/docs/claude-code/hooks', 'https://nvd.nist.gov/vuln/detail/CVE-2025-59536'],
  bad: [
    {
      title: 'after each edit',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian" }',
        '.claude/settings.json':
          '{ "hooks": { "PostToolUse": [{ "matcher": "Edit", "hooks": [{ "type": "command", «"command": "./scripts/format.sh"» }] }] }, "statusLine": { "type": "command", «"command": "sh .claude/status.sh"» } }',
      },
    },
  ],
  good: [
    {
      title: 'none',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian" }',
        '.claude/settings.json':
          '{ "hooks": {}, "env": { "command": "x" }, "permissions": { "allow": ["Bash(npm test)"] } }',
      },
    },
  ],
  *check({ configurations }) {
    for (const configuration of configurations) {
      for (const tree of settingsFile(configuration, /^\.claude\//)) {
        for (const pair of programs(tree)) {
          const command = text(pair.value) ?? '';
          yield {
            at: entrySpan(pair),
            confidence: 'high',
            message: `agents run this by themselves, on the host too: ${command.slice(0, 60)}`,
          };
        }
      }
    }
  },
});
