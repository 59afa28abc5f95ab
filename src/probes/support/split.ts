import type { Policy } from '../../policy/policy.ts';

/** Where there is one container for both, what keeps two apart is not there to be tried. */
export const oneContainer = ({ topology }: Policy): string | undefined =>
  topology === 'attached' ? 'one container for the editor and the agent (topology: attached)' : undefined;
