import { defineRule } from './rule.ts';

/** Takes away a variable through which the editor is reached. */
const clears = (text: string): boolean =>
  [...text.matchAll(/\b(unset|export)\s([^\n;&|]*)/g)].some(([, how, rest = '']) =>
    how === 'unset' ? NAMES.test(rest) : rest.trimStart().search(NAMES) === 0,
  );
const NAMES =
  /\b(?:VSCODE_(?:IPC_HOOK_CLI|GIT_IPC_HANDLE|GIT_ASKPASS_\w+)|GIT_ASKPASS|SSH_AUTH_SOCK|REMOTE_CONTAINERS_\w+)\b/;
const HOME = String.raw`(?:~|\$HOME|\$\{HOME\}|/home/[\w$\{}.-]{1,100})/`;
/** A start file that reads another one of the home folder for it. */
const SOURCES = new RegExp(String.raw`(?:source|\.)\s+["']?${HOME}\S{0,200}?(?:harden|secur)[\w-]{0,100}\.sh`, 'i');
const INTO_HOME = new RegExp(String.raw`>\s*["']?${HOME}\.|\b(?:sed|tee)\b[^\n;&|]{0,400}?\s["']?${HOME}\.`);

export default defineRule({
  id: 'hardening-in-home',
  title: 'The agent’s own start files are to hold it',
  severity: 'medium',
  persona: 'regular',
  attacks: ['VSC-08', 'VSC-04', 'VSC-03'],
  why: `The file that clears the editor’s variables lies in the agent’s home folder: it may change it, and so may what it installs. Shells
that read another file, and programs that are started without a shell, never see it; /proc still has what was cleared.`,
  remedy:
    'Keep such a file in /etc, owned by root, for every shell (`BASH_ENV`, /etc/zsh/zshenv), and do not rely on it: keep the sockets away.',
  references: ['https://www.gnu.org/software/bash/manual/html_node/Bash-Startup-Files.html'],
  bad: [
    {
      title: 'sourced by .bashrc',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: "FROM debian\n«RUN sed -i '1i source ~/.config/security-harden.sh' /home/dev/.bashrc»\n",
      },
    },
    {
      title: 'written into it',
      files: {
        'devcontainer.json':
          '{ "image": "debian", «"postCreateCommand": "echo \'unset VSCODE_IPC_HOOK_CLI\' >> ~/.bashrc"» }',
      },
    },
  ],
  good: [
    {
      title: 'owned by root',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          "FROM debian\nRUN echo 'unset VSCODE_IPC_HOOK_CLI' > /etc/harden.sh\nRUN sed -i '1i . /etc/harden.sh' /etc/bash.bashrc && echo '. /etc/harden.sh' > /home/dev/.zshenv\nENV BASH_ENV=/etc/harden.sh\n",
      },
    },
  ],
  *check({ configurations }) {
    for (const { scripts } of configurations) {
      const seen = new Set<string>();
      for (const { value: script, span } of scripts) {
        const place = `${span.file} ${span.start}`;
        if (script.on === 'host' || seen.has(place)) continue;
        const cleared = clears(script.text) && INTO_HOME.test(script.text);
        if (!cleared && !SOURCES.test(script.text)) continue;
        seen.add(place);
        yield {
          at: span,
          confidence: 'medium',
          message: 'what is to clear the editor’s variables belongs to the agent',
        };
      }
    }
  },
});
