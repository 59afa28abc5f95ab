import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { boxFiles } from '../../src/plans/box.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { parsePorts, printPorts } from '../../src/policy/ports.ts';
import { printPolicy } from '../../src/policy/print.ts';
import { residualRisks } from '../../src/policy/residual.ts';
import { samplePolicy } from '../support/policy.ts';

const START = 'version: 1\nstack: debian\nagents: [codex]\n';
const forwardOf = (line: string): Policy['forward'] => parsePolicy(`${START}${line}\n`).policy.forward;
const filesOf = (policy: Policy): ReadonlyMap<string, string> =>
  new Map(
    boxFiles(policy, { git: 'directory' }, { sidecar: '', relay: '// relay' }).map(({ path, text }) => [
      path.slice('.devcontainer/'.length),
      text,
    ]),
  );
const composeOf = (policy: Policy) => parseYaml(filesOf(policy).get('docker-compose.yml') ?? '');

describe('`forward` in the policy', () => {
  it('names ports and ranges; without it none is forwarded', () => {
    expect(forwardOf('forward: [8080, 3000-3003, "3002-3004"]')).toEqual([3000, 3001, 3002, 3003, 3004, 8080]);
    expect(forwardOf('')).toBeUndefined();
  });

  it.each([
    ['forward: [80]', /item 1 of `forward` is 80; it must be at least 1024/],
    ['forward: [3000, 70000]', /item 2 of `forward` is 70000; it must be/],
    ['forward: ["3003-3000"]', /`forward`: "3003-3000" is no port/],
    ['forward: ["3000-3064"]', /`forward`: more than 64 ports/],
    ['forward: ["3000/udp"]', /item 1 of `forward` is "3000\/udp"; it must be/],
    ['forward: [true]', /item 1 of `forward` is true; it must be/],
    ['forward: 3000', /`forward` is 3000; it must be a list/],
  ])('%s is one clear error', (line, message) => {
    expect(() => forwardOf(line)).toThrow(message);
  });

  it('is printed so that it reads back, and offered where it is not set', () => {
    const policy = samplePolicy({ forward: [3000, 3001, 8080] });
    expect(parsePolicy(printPolicy(policy, '0.1.0')).policy).toEqual(policy);
    const without = printPolicy(samplePolicy(), '0.1.0');
    expect(without).toContain('\n# forward: [3000-3003]\n');
    expect(parsePolicy(without.replace('# forward:', 'forward:')).policy.forward).toEqual([3000, 3001, 3002, 3003]);
    expect(printPorts([1024, 3000, 3001, 3002, 9000])).toEqual(['1024', '3000-3002', '9000']);
    expect(parsePorts([])).toEqual([]);
  });

  it('says in every report what it gives the agent', () => {
    const attacks = (policy: Policy) => residualRisks(policy).flatMap((risk) => risk.attacks);
    expect(attacks(samplePolicy({ forward: [3000] }))).toContain('PRT-03');
    expect(attacks(samplePolicy())).not.toContain('PRT-03');
  });
});

describe.each(['attached', 'split'] as const)('a %s box with forwarded ports', (topology) => {
  const policy = samplePolicy({ topology, forward: [3000, 3128] });
  const { services, networks, volumes } = composeOf(policy);

  it('publishes them on the loopback only, by IPv4 and by IPv6', () => {
    expect(services.forward.ports).toHaveLength(2 * 3);
    for (const port of services.forward.ports) {
      expect(port).toMatch(
        /^(?:127\.0\.0\.1|\$\{COFFERDAM_FORWARD_IPV6:-\[::1\]\}):\$\{COFFERDAM_FORWARD_\w+:-\d+\}:\d+$/,
      );
    }
    expect(
      Object.entries<{ ports?: unknown }>(services)
        .filter(([, { ports }]) => ports)
        .map(([name]) => name),
    ).toEqual(['forward']);
  });

  it('puts the forward on a network of its own without a way out, and the agent on none that it did not have', () => {
    expect(services.forward.networks).toEqual(['forward']);
    expect(networks.forward.driver_opts).toEqual({ 'com.docker.network.bridge.enable_ip_masquerade': 'false' });
    const before = composeOf(samplePolicy({ topology })).services;
    for (const name of Object.keys(before)) expect(services[name].networks).toEqual(before[name].networks);
  });

  it('lets only the agent’s container make sockets', () => {
    const mounts = Object.entries<{ volumes?: { source: string; read_only?: boolean }[] }>(services).flatMap(
      ([name, service]) =>
        (service.volumes ?? [])
          .filter(({ source }) => source === 'forward')
          .map(({ read_only }) => [name, read_only ?? false]),
    );
    expect(mounts).toEqual([['agent', false], ...(topology === 'split' ? [['editor', true]] : []), ['forward', true]]);
    expect(volumes.forward.driver_opts.o).toContain('mode=0700');
  });

  it('confines the sidecar as the others, with bounds', () => {
    expect(services.forward).toMatchObject({
      user: '${HOST_UID}:${HOST_GID}',
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      read_only: true,
      mem_limit: '256m',
      pids_limit: 64,
    });
    expect(services.forward.command).toContain('3129'); // the proxy, beside a forwarded 3128
  });

  it('runs the relay beside the main process, from files of root', () => {
    const main = topology === 'split' ? ['/etc/cofferdam/agent-start'] : ['sleep', 'infinity'];
    expect(services.agent.command).toEqual(['/etc/cofferdam/relay-start', 'agent', '3000 3128', ...main]);
    const files = filesOf(policy);
    expect(files.get('image/relay.cjs')).toBe('// relay');
    const copies = files.get('Dockerfile')?.match(/^COPY image\/relay\.cjs image\/relay-start \/etc\/cofferdam\/$/gm);
    expect(copies).toHaveLength(topology === 'split' ? 2 : 1);
  });

  it('has nothing of it where the policy forwards nothing', () => {
    for (const none of [samplePolicy({ topology }), samplePolicy({ topology, forward: [] })]) {
      for (const [path, text] of filesOf(none)) {
        if (path !== 'sidecar/cofferdam.cjs')
          expect(`${path} ${text}`).not.toMatch(/cofferdam-forward|COFFERDAM_FORWARD|relay/);
      }
    }
  });
});
