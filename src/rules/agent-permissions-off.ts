import { child, type Entry, entries, entry, entrySpan, items, text, truthy } from '../model/tree.ts';
import type { SettingsFile } from '../model/workspace.ts';
import { defineRule } from './rule.ts';
import { settingsOf } from './support/settings.ts';

/** Entries of a settings file that let the agent act without being asked; each is its vendor's own. */
function switches({ name, tree }: SettingsFile): readonly Entry[] {
  const found: (Entry | undefined)[] = [];
  const where = (pair: Entry | undefined, test: (value: string) => boolean): Entry | undefined =>
    pair && test(text(pair.value) ?? '') ? pair : undefined;
  const on = (pair: Entry | undefined): Entry | undefined => (pair && truthy(pair.value) ? pair : undefined);
  if (name.startsWith('.claude/')) {
    const permissions = child(tree, 'permissions');
    found.push(
      where(entry(permissions, 'defaultMode'), (value) => value === 'bypassPermissions'),
      on(entry(tree, 'enableAllProjectMcpServers')),
      on(entry(tree, 'skipDangerousModePermissionPrompt')),
    );
    const allow = entry(permissions, 'allow');
    if (items(allow?.value).some((item) => /^(?:\*|Bash|Bash\((?:\*|:\*|\*:\*)?\))$/.test(text(item) ?? '')))
      found.push(allow);
  } else if (name === '.gemini/settings.json') {
    found.push(
      on(entry(tree, 'autoAccept')),
      on(entry(child(tree, 'tools'), 'autoAccept')),
      where(entry(child(tree, 'general'), 'defaultApprovalMode'), (value) => value === 'yolo'),
    );
  } else if (name === '.codex/config.toml') {
    found.push(
      where(entry(tree, 'approval_policy'), (value) => value === 'never'),
      where(entry(tree, 'sandbox_mode'), (value) => value === 'danger-full-access'),
    );
  } else if (name.startsWith('opencode.json')) {
    const permission = entry(tree, 'permission');
    found.push(
      where(permission, (value) => value === 'allow'),
      ...entries(permission?.value).filter(({ key, value }) => /^(?:\*|bash)$/.test(key) && text(value) === 'allow'),
    );
  }
  return found.filter((pair) => pair !== undefined);
}

const EDITOR =
  /^(?:chat\.tools\.(?:global\.)?autoApprove|chat\.agent\.autoApprove|claudeCode\.allowDangerouslySkipPermissions)$/;

export default defineRule({
  id: 'agent-permissions-off',
  title: 'The repository tells agents not to ask',
  severity: 'high',
  persona: 'regular',
  attacks: ['TAM-16', 'TAM-18', 'TAM-06'],
  why: `The file counts wherever the repository is opened: an agent on the host, in no box at all, obeys it as well. So does whoever clones
a repository that somebody else wrote.`,
  remedy:
    'Keep it out of the repository. In the box say it where only the box reads it: the agent’s own folder, or the command that starts it.',
  references: [
    'https://nvd.nist.gov/vuln/detail/CVE-2025-53773',
    'https://docs.claude.com/en/docs/claude-code/settings',
  ],
  bad: [
    {
      title: 'Claude Code',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian" }',
        '.claude/settings.json':
          '{ "permissions": { «"defaultMode": "bypassPermissions"», «"allow": ["Read", "Bash(*)"]» }, «"enableAllProjectMcpServers": true» }',
      },
    },
    {
      title: 'Codex',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian" }',
        '.codex/config.toml': 'model = "x"\n«approval_policy = "never"»\n\n[profiles.a]\nsandbox_mode = "read-only"\n',
      },
    },
    {
      title: 'the editor’s agent',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "settings": { «"chat.tools.autoApprove": true» } } } }',
        '.vscode/settings.json': '{ «"chat.tools.global.autoApprove": true» }',
      },
    },
    {
      title: 'Gemini and OpenCode',
      files: {
        '.devcontainer/devcontainer.json': '{ "image": "debian" }',
        '.gemini/settings.json': '{ "general": { «"defaultApprovalMode": "yolo"» } }',
        'opencode.json': '{ "permission": { «"bash": "allow"», "edit": "ask" } }',
      },
    },
  ],
  good: [
    {
      title: 'single commands',
      files: {
        '.devcontainer/devcontainer.json':
          '{ "image": "debian", "customizations": { "vscode": { "settings": { "chat.tools.autoApprove": false } } } }',
        '.claude/settings.json':
          '{ "permissions": { "defaultMode": "acceptEdits", "allow": ["Bash(npm test)", "Bash(git log:*)"], "deny": ["Bash(*)"] } }',
        '.codex/config.toml': 'approval_policy = "on-request"\n# sandbox_mode = "danger-full-access"\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const configuration of configurations) {
      for (const file of configuration.settingsFiles) {
        for (const pair of switches(file))
          yield {
            at: entrySpan(pair),
            confidence: 'high',
            message: `${pair.key}: agents act without asking, on the host too`,
          };
      }
      for (const { key, value, at, inContainer } of settingsOf(configuration)) {
        if (!EDITOR.test(key) || value !== 'true') continue;
        yield inContainer
          ? { at, confidence: 'high', severity: 'medium', message: `${key}: agents act without asking` }
          : { at, confidence: 'high', message: `${key}: agents act without asking, on the host too` };
      }
    }
  },
});
