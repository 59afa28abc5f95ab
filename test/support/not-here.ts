/**
 * Probes that have nothing to attack in a box as `init` writes it, for its policy leaves out what they try. Each says
 * breached where it must in a file of its own: actions.test.ts, services.test.ts, worktree-box.test.ts.
 */
export const LEFT_OUT = [
  'actions-neighbours',
  'actions-secrets',
  'actions-token',
  'database-neighbour',
  'git-neighbour-files',
  'git-other-refs',
] as const;

/** Those that look at the editor's container, which only topology `split` has. */
export const SPLIT_ONLY = ['editor-forwarding', 'editor-key', 'editor-separate', 'editor-tcp'] as const;
