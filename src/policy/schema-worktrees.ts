import * as z from 'zod';

export const worktrees = z
  .strictObject({
    isolation: z
      .enum(['clone', 'shared'])
      .default('clone')
      .describe(
        '`clone`: the worktree is a repository of its own that borrows the objects of the main one, read-only; what was committed there comes back by `cofferdam worktree land`. `shared`: a linked worktree of git’s; its agent can write every branch of the main repository.',
      ),
  })
  .describe('How `cofferdam worktree add` makes a checkout for another agent.');
