import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ProcessStatus } from '../../../src/core/probing.ts';
import { AGENT_PATHS, protectedPaths } from '../../../src/policy/layout.ts';
import dockerConfig from '../../../src/probes/docker-config.ts';
import gitlinks from '../../../src/probes/gitlinks.ts';
import hardLinks from '../../../src/probes/hard-links.ts';
import sidecarPrivileges from '../../../src/probes/sidecar-privileges.ts';

const none = '0000000000000000';
const confined: ProcessStatus = {
  uids: [0, 0, 0, 0],
  groups: [0],
  capabilities: { CapInh: none, CapPrm: none, CapEff: none, CapBnd: none, CapAmb: none },
  noNewPrivileges: 1,
  seccomp: 2,
};

describe('the judge of the sidecars’ privileges', () => {
  const network = { name: 'x_docker-api', internal: true, members: [] };
  const good: Parameters<typeof sidecarPrivileges.judge>[0] = {
    processes: [confined, confined],
    root: { readOnly: true },
    limits: { version: 2, pids: '64', memory: '268435456', swap: '0', cpu: 'max 100000' },
    facts: { networkMode: 'x_docker-api', published: [] },
    networks: [network],
  };
  const judge = (changes: Partial<typeof good>, place: 'firewall' | 'guard' = 'firewall') =>
    sidecarPrivileges.judge({ ...good, ...changes }, { place }).is;

  it('holds only if everything is taken away', () => {
    expect(judge({})).toBe('held');
    expect(judge({ processes: [confined, { ...confined, noNewPrivileges: 0 }] })).toBe('breached');
    expect(judge({ processes: [confined, { ...confined, seccomp: 0 }] })).toBe('breached');
    const bounded = { ...confined, capabilities: { ...confined.capabilities, CapBnd: '00000000a80425fb' } };
    expect(judge({ processes: [confined, bounded] })).toBe('breached');
    expect(judge({ root: { readOnly: false } })).toBe('breached');
    expect(judge({ limits: { ...good.limits, pids: 'max' } })).toBe('breached');
    expect(judge({ limits: { ...good.limits, memory: 'max' } })).toBe('breached');
    expect(judge({ networks: [network, network] })).toBe('breached');
    expect(judge({ networks: [{ ...network, internal: false }] })).toBe('breached');
    expect(judge({ facts: { ...good.facts, published: [{ hostIp: '', port: '2375/tcp' }] } })).toBe('breached');
    expect(judge({}, 'guard'), 'a guard with a network').toBe('breached');
    expect(judge({ facts: { networkMode: 'none', published: [] }, networks: [] }, 'guard')).toBe('held');
  });

  it('takes nothing that is missing for a yes', () => {
    expect(judge({ processes: [confined] })).toBe('unclear');
    expect(judge({ root: undefined })).toBe('unclear');
    expect(judge({ limits: { ...good.limits, pids: null } })).toBe('unclear');
    expect(judge({ processes: [confined, { ...confined, seccomp: Number.NaN }] })).toBe('unclear');
  });
});

describe('the judge of docker’s configuration', () => {
  const target = { place: 'box', nonce: 'n' } as const;
  const results = (write: string, create: string, beside: string) => [
    { way: 'write', code: write },
    { way: 'create', code: create },
    { way: 'create beside, to rename over it', code: beside },
  ];

  it('holds where each way is refused, whether or not a file is there', () => {
    expect(dockerConfig.judge(results('EACCES', 'EEXIST', 'EACCES'), target).is).toBe('held');
    expect(dockerConfig.judge(results('ENOENT', 'EACCES', 'EACCES'), target).is).toBe('held');
  });

  it('needs one way that works for a breach, and a refusal to hold', () => {
    expect(dockerConfig.judge(results('EACCES', 'EEXIST', 'ok'), target).is).toBe('breached');
    expect(dockerConfig.judge(results('EACCES', 'EEXIST', 'lost'), target).is).toBe('unclear');
    expect(dockerConfig.judge(results('ENOENT', 'ENOENT', 'ENOENT'), target).is).toBe('unclear');
    expect(dockerConfig.judge([], target).is).toBe('unclear');
  });
});

describe('the judge of nested repositories', () => {
  const target = { place: 'twin', asks: true, nonce: 'n' } as const;
  const tried = { made: undefined, indexed: true, gitmodules: 'EROFS', fired: false };

  it('holds only where the repository was in the index and nothing ran', () => {
    expect(gitlinks.judge(tried, target).is).toBe('held');
    expect(gitlinks.judge({ ...tried, fired: true }, target).is).toBe('breached');
    expect(gitlinks.judge({ ...tried, indexed: false }, target).is).toBe('unclear');
    expect(gitlinks.judge({ ...tried, gitmodules: 'ok' }, target).is).toBe('unclear');
    expect(gitlinks.judge({ ...tried, made: 'fatal: .git/HEAD: Read-only file system' }, target).is).toBe('held');
    expect(gitlinks.judge({ ...tried, made: 'git: not found' }, target).is).toBe('unclear');
  });
});

describe('the judge of second names', () => {
  it('holds only where files were looked at, all of them', () => {
    const target = { workspace: 'box', paths: [] } as const;
    expect(hardLinks.judge({ files: 3, linked: [], whole: true }, target).is).toBe('held');
    expect(hardLinks.judge({ files: 3, linked: ['a'], whole: false }, target).is).toBe('breached');
    expect(hardLinks.judge({ files: 3, linked: [], whole: false }, target).is).toBe('unclear');
    expect(hardLinks.judge({ files: 0, linked: [], whole: true }, target).is).toBe('unclear');
  });
});

describe('every protected path', () => {
  it('is attacked by a probe', () => {
    const texts = readdirSync('src/probes').map((file) =>
      file.endsWith('.ts') ? readFileSync(`src/probes/${file}`, 'utf8') : '',
    );
    const attacked = (path: string): boolean =>
      AGENT_PATHS.includes(path) || texts.some((text) => text.includes(`{ path: '${path}'`));
    const paths = protectedPaths({ readOnly: [] }, { git: 'directory' });
    const missing = paths.filter(({ path, access }) => access === 'read-only' && !attacked(path));
    // gitlinks writes it as it would be used.
    expect(missing.map(({ path }) => path)).toEqual(['.gitmodules']);
  });
});
