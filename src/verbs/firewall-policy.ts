import { basename, dirname, resolve } from 'node:path';
import { ToolError } from '../core/errors.ts';
import type { Policy } from '../policy/policy.ts';
import { loadPolicy } from './load-policy.ts';

/** What was said about the firewall elsewhere, in flags or variables. */
export interface Said {
  readonly level: readonly string[];
  readonly services: readonly string[];
}

/**
 * A policy as the firewall's own flags: the sidecar has no parser for it. What was said elsewhere must say the same, or
 * nobody would know which one holds.
 */
export function firewallFlags(file: string, cwd: string, said: Said): readonly string[] {
  const path = resolve(cwd, file);
  const { policy } = loadPolicy(dirname(path), basename(path));
  if (policy.docker === 'none') {
    throw doubt(`${file} says docker: none, so there is nothing that a firewall could let through`);
  }
  if (!said.level.every((level) => level === policy.docker)) {
    throw doubt(`${file} says docker: ${policy.docker}, but --level (or COFFERDAM_LEVEL) is ${said.level.join(', ')}`);
  }
  const unlike = said.services.length > 0 && sorted(said.services) !== sorted(policy.services);
  if (unlike) throw doubt(`${file} names other services than --service (or COFFERDAM_SERVICES)`);
  return [
    '--level',
    policy.docker,
    ...policy.services.flatMap((service) => ['--service', service]),
    ...(policy.docker === 'sandboxed' ? sandboxFlags(policy.sandbox) : []),
  ];
}

const sandboxFlags = ({ images, containers, memory, cpus, pids }: Policy['sandbox']): readonly string[] => [
  ...images.flatMap((image) => ['--image', image]),
  ...['--containers', String(containers), '--memory', memory, '--cpus', String(cpus), '--pids', String(pids)],
];

const sorted = (values: readonly string[]): string => JSON.stringify([...new Set(values)].sort());

const doubt = (message: string): ToolError =>
  new ToolError('settings-invalid', message, 'Leave out what the policy says already.');
