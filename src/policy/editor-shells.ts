const SHELLS: readonly string[] = ['bash', 'dash', 'fish', 'pwsh', 'rbash', 'screen', 'sh', 'tmux', 'zsh'];

/**
 * Shells that VS Code offers on Linux unless their names are set to null: its own defaults, and when a default is to be
 * chosen, those of /etc/shells, where Debian lists most of them twice. They would open unmarked in the editor's container.
 * Read in VS Code 1.139 (terminal.integrated.profiles.linux, and what the server makes of it).
 */
export const NO_OTHER_SHELLS: Readonly<Record<string, null>> = Object.fromEntries(
  SHELLS.flatMap((name) => [name, `${name} (2)`]).map((name) => [name, null]),
);
