import type { KindOf } from '../coalesce.ts';

/**
 * A call that runs has its lines whatever else is written: the policy bounds how many there are (MAX_PER_MINUTE). What is
 * refused is counted by reason and action; neither is a word of the caller's.
 */
export const actionKind: KindOf = (event, { call, action, code }) => ({
  key: call === undefined ? `${event}\n${action}\n${code}` : `${event}\n${call}`,
  parts: () => ({
    ...(action === undefined ? {} : { action }),
    ...(code === undefined ? {} : { code }),
  }),
  lines: 20,
});
