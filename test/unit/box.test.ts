import fc from 'fast-check';
import { parse as parseJsonc } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { boxFiles } from '../../src/plans/box.ts';
import { machineSettings, USER_SETTINGS } from '../../src/policy/editor-settings.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { samplePolicy } from '../support/policy.ts';

const programs = { sidecar: '// sidecar\n', relay: '// relay\n' };
const facts = { git: 'directory' } as const;

function file(policy: Policy, path: string): string {
  const found = boxFiles(policy, facts, programs).find((entry) => entry.path === `.devcontainer/${path}`);
  if (!found) throw new Error(`no ${path}`);
  return found.text;
}

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
}

const mounts = (policy: Policy): readonly Mount[] =>
  parseYaml(file(policy, 'docker-compose.yml')).services.agent.volumes;

describe('the generated box', () => {
  it('is the same for the same policy', () => {
    expect(boxFiles(samplePolicy(), facts, programs)).toEqual(boxFiles(samplePolicy(), facts, programs));
  });

  it('drops every capability and gives every container limits', () => {
    const { services } = parseYaml(file(samplePolicy(), 'docker-compose.yml'));
    expect(Object.keys(services)).toEqual(['agent', 'docker-firewall', 'guard']);
    for (const service of Object.values<Record<string, unknown>>(services)) {
      expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      expect(service['mem_limit']).toBeTruthy();
      expect(service['cpus']).toBeTruthy();
      expect(service['pids_limit']).toBeTruthy();
      expect(service).not.toHaveProperty('cap_add');
      expect(service).not.toHaveProperty('ports');
    }
  });

  it('bounds what the agent can put into the folder that the guard looks at', () => {
    const { volumes } = parseYaml(file(samplePolicy(), 'docker-compose.yml'));
    expect(volumes.tmp.driver_opts.o).toMatch(/,size=\d+g,nr_inodes=\d+k$/);
  });

  it('gives the socket to the firewall only, and the firewall only an internal network', () => {
    const { services, networks } = parseYaml(file(samplePolicy(), 'docker-compose.yml'));
    expect(services['docker-firewall'].networks).toEqual(['docker-api']);
    expect(networks['docker-api'].internal).toBe(true);
    expect(JSON.stringify(services.agent)).not.toContain('docker.sock');
    expect(services.guard.network_mode).toBe('none');
  });

  it('has no firewall, no network to it and no docker client at level none', () => {
    const policy = samplePolicy({ docker: 'none' });
    const { services, networks } = parseYaml(file(policy, 'docker-compose.yml'));
    expect(Object.keys(services)).toEqual(['agent', 'guard']);
    expect(Object.keys(networks)).toEqual(['default']);
    expect(file(policy, 'docker-compose.yml')).not.toMatch(/docker\.sock|DOCKER_HOST/);
    expect(file(policy, 'Dockerfile')).not.toContain('docker-cli');
  });

  it('makes every folder above a protected path a mount point of its own', () => {
    const targets = new Set(mounts(samplePolicy({ readOnly: ['a/b/c.sh', 'tools'] })).map(({ target }) => target));
    for (const target of [
      '/workspace/a',
      '/workspace/a/b',
      '/workspace/a/b/c.sh',
      '/workspace/tools',
      '/workspace/.git',
    ]) {
      expect(targets).toContain(target);
    }
  });

  it('mounts nothing of the workspace that the agent could swap for a link, except what is a mount point itself', () => {
    const all = mounts(samplePolicy());
    const targets = new Set(all.map(({ target }) => target));
    for (const { source } of all.filter(({ source }) => source.startsWith('../') || source.startsWith('./'))) {
      const inWorkspace = source.startsWith('./') ? `.devcontainer/${source.slice(2)}` : source.slice(3);
      const top = inWorkspace.split('/')[0] ?? '';
      expect(targets).toContain(`/workspace/${top}`);
    }
  });

  it('writes policy text so that neither YAML, compose nor the shell reads more into it', () => {
    const name = fc
      .array(fc.constantFrom('a', ' ', '"', "'", '$', '{', '}', ':', '#', '\\', '`', '(', ')', '\n', 'é', '-'), {
        minLength: 1,
        maxLength: 12,
      })
      .map((characters) => `x${characters.join('')}`);
    fc.assert(
      fc.property(name, (path) => {
        const policy = samplePolicy({ readOnly: [path] });
        const found = mounts(policy).map(({ target }) => target.replaceAll('$$', '$'));
        expect(found).toContain(`/workspace/${path}`);
        expect(file(policy, 'initialize.sh')).toContain(
          `any '${path.replaceAll("'", "'\\''")}'`.replace(/^any '(x[a-z-]*)'$/, 'any $1'),
        );
      }),
    );
  });

  it('is JSON with comments that clears every editor variable with text that every client understands', () => {
    const errors: never[] = [];
    const parsed = parseJsonc(file(samplePolicy(), 'devcontainer.json'), errors);
    expect(errors).toEqual([]);
    expect(new Set(Object.values(parsed.remoteEnv))).toEqual(new Set(['']));
    expect(parsed.service).toBe('agent');
  });

  it('sets for the editor what counts in a container, and nothing that only the user’s own settings can say', () => {
    const { settings, extensions } = parseJsonc(file(samplePolicy(), 'devcontainer.json')).customizations.vscode;
    const box = { topology: 'attached', ipc: 'prevent' } as const;
    expect(settings).toEqual(Object.fromEntries(machineSettings(box).map(({ key, value }) => [key, value])));
    for (const { key } of USER_SETTINGS) expect(settings).not.toHaveProperty([key]);
    expect(extensions).toBeUndefined();
  });

  it('installs the packages of the policy, in the step that has no sudo to install', () => {
    const step = /apt-get install [^&]*ripgrep[^&]*/.exec(
      file(samplePolicy({ packages: ['python3', 'libc++-dev'] }), 'Dockerfile'),
    );
    expect(step?.[0]).toMatch(/zsh \\\n {6}python3 libc\+\+-dev \\/);
  });

  it('pins what the policy pins', () => {
    const policy = samplePolicy({
      stack: {
        name: 'node',
        node: '22.11.0',
        packageManager: 'pnpm',
        packageManagerVersion: '9.1.0',
        minimumReleaseAge: 1440,
        installScripts: [],
      },
    });
    expect(file(policy, 'Dockerfile')).toContain('FROM node:22.11.0-bookworm-slim');
    expect(file(policy, 'Dockerfile')).toContain('pnpm@9.1.0');
    expect(file(policy, 'image/install')).toContain('pnpm install --frozen-lockfile');
  });
});
