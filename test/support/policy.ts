import type { Policy } from '../../src/policy/policy.ts';

/** A policy as `init` would write it for a Node repository, with changes. */
export const samplePolicy = (changes: Partial<Policy> = {}): Policy => ({
  stack: { name: 'node', node: '22', packageManager: 'npm', minimumReleaseAge: 1440, installScripts: [] },
  agents: ['claude-code'],
  packages: [],
  topology: 'attached',
  ipc: 'prevent',
  docker: 'read',
  sandbox: { images: [], containers: 8, memory: '1g', cpus: 2, pids: 512 },
  egress: 'open',
  services: [],
  readOnly: [],
  limits: { memory: '8g', cpus: 2, pids: 2048 },
  worktrees: { isolation: 'clone' },
  actions: {},
  images: {},
  accept: [],
  ...changes,
});
