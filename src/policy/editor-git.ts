import type { Policy } from './policy.ts';

/**
 * Git's configuration in the editor's container of topology `split`, where the editor runs git by itself. Variables of
 * this kind count more than every file, a repository's own .git/config and what that includes too (git-config(1),
 * GIT_CONFIG_COUNT); root's system configuration counts less than a repository's. Measured with git 2.39.
 *
 * The repository of the workspace has its configuration read-only, so these are for the ones that the agent nests, and
 * for hooks that start programs of the workspace. What cannot be closed here: filter, diff and merge drivers and
 * `remote.NAME.uploadpack`, because a repository chooses their names; `diff.external`, which has no value for "none"; and
 * `exec` lines in .git/rebase-merge of the workspace's own repository, which is no configuration.
 */
interface GitSetting {
  readonly key: string;
  readonly value: string;
  readonly why: string;
}

const HOOKS =
  'hooks start programs of the workspace (husky: of node_modules); commit in the agent’s terminal to run them';
const SIGNATURES = 'a program for signatures; `log.showSignature` starts it without being asked';

/** What stands between git and the editor's answers. */
const PASSWORDS: readonly string[] = ['core.askPass', 'credential.helper'];

export const EDITOR_GIT: readonly GitSetting[] = [
  { key: 'core.hooksPath', value: '/dev/null', why: HOOKS },
  { key: 'core.fsmonitor', value: 'false', why: 'a program that git status starts' },
  { key: 'core.sshCommand', value: 'ssh', why: 'a program that git fetch starts' },
  { key: 'core.alternateRefsCommand', value: 'true', why: 'a program that git fetch starts' },
  { key: 'core.askPass', value: '', why: 'a program that git asks for a password' },
  { key: 'credential.helper', value: '', why: 'programs that git asks for a password; empty drops all of them' },
  { key: 'core.editor', value: 'nano', why: 'a program that git commit starts' },
  { key: 'sequence.editor', value: 'nano', why: 'a program that git rebase starts' },
  { key: 'gpg.program', value: 'gpg', why: SIGNATURES },
  { key: 'gpg.x509.program', value: 'gpgsm', why: SIGNATURES },
  { key: 'gpg.ssh.program', value: 'ssh-keygen', why: SIGNATURES },
  { key: 'gpg.ssh.defaultKeyCommand', value: 'true', why: SIGNATURES },
  { key: 'protocol.ext.allow', value: 'never', why: 'an address may name a program to start' },
  { key: 'diff.ignoreSubmodules', value: 'all', why: 'git status looks into nested repositories that the index names' },
];

/** Variables for git in the editor's container. With `ipc: allow` the editor may answer git with the host's credentials. */
export function editorGitEnvironment(ipc: Policy['ipc']): Readonly<Record<string, string>> {
  const settings = EDITOR_GIT.filter(({ key }) => ipc !== 'allow' || !PASSWORDS.includes(key));
  return {
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(({ key, value }, index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
    // Counts more than pager.NAME, of which there is one for each command (git-config(1), core.pager).
    GIT_PAGER: 'less',
    // Of core.gitProxy the first value that fits counts, and a repository's comes first; this one overrides all
    // (git-config(1)), and empty means none (measured with git 2.39).
    GIT_PROXY_COMMAND: '',
  };
}
