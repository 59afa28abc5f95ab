export type { Policy } from './policy/policy.ts';
