import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { boxFiles } from '../../src/plans/box.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { samplePolicy } from '../support/policy.ts';

const ACTIONS: Policy['actions'] = {
  backup: {
    describe: 'Saves the database',
    run: ['/actions/backup', '--', '{name}'],
    arguments: { name: { type: 'string', pattern: '[a-z]+' } },
    perMinute: 5,
    concurrency: 1,
    timeout: 60,
    output: 1000,
    environment: [],
  },
};

const filesOf = (changes: Partial<Policy> = {}): ReadonlyMap<string, string> =>
  new Map(
    boxFiles(samplePolicy({ actions: ACTIONS, ...changes }), { git: 'directory' }, { sidecar: '', relay: '' }).map(
      ({ path, text }) => [path.replace('.devcontainer/', ''), text],
    ),
  );

interface Service {
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly volumes: readonly { type: string; source?: string; target: string; read_only?: boolean }[];
  readonly [key: string]: unknown;
}
const composeOf = (
  changes: Partial<Policy> = {},
): {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
} => parse(filesOf(changes).get('docker-compose.yml') ?? '');

const networksOf = ({ networks = [] }: Pick<Service, 'networks'>): readonly string[] =>
  Array.isArray(networks) ? networks : Object.keys(networks);

describe('a box with actions', () => {
  const POSTGRES: Partial<Policy> = { shared: { postgres: { version: '16' } } };

  it.each<[string, Partial<Policy>]>([
    ['attached', {}],
    ['split', { topology: 'split' }],
    ['with a shared database', POSTGRES],
  ])('has them on a network without a way out, with the agent alone: %s', (_, changes) => {
    const { services, networks } = composeOf(changes);
    expect(networks['actions']?.internal).toBe(true);
    const members = Object.entries(services).filter(([, service]) => networksOf(service).includes('actions'));
    expect(members.map(([name]) => name).sort()).toEqual(['actions', 'agent']);
  });

  it('gives the sidecar neither the workspace nor Docker’s socket, and nothing of the host to write', () => {
    const { services } = composeOf(POSTGRES);
    const sidecar = services['actions'];
    expect(sidecar).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      user: '${HOST_UID}:${HOST_GID}',
    });
    for (const volume of sidecar?.volumes ?? []) {
      expect(volume.source).not.toMatch(/docker\.sock|^\.\.$/);
      if (volume.type === 'bind') expect(volume.read_only).toBe(true);
    }
    expect(sidecar?.volumes.map(({ target }) => target)).toEqual([
      '/actions',
      '/etc/cofferdam/actions-token',
      '/run/secrets',
      '/data',
    ]);
  });

  it('hides the secrets from the agent, and shows the token to it and not to the editor', () => {
    const { services } = composeOf({ topology: 'split' });
    const targets = (name: string) => services[name]?.volumes.map(({ type, target }) => `${type} ${target}`);
    expect(targets('agent')).toContain('tmpfs /workspace/.devcontainer/state/secrets');
    expect(targets('agent')).toContain('bind /etc/cofferdam/actions-token');
    expect(targets('editor')).not.toContain('bind /etc/cofferdam/actions-token');
    expect(services['editor']?.['tmpfs']).toEqual(
      expect.arrayContaining([expect.stringMatching(/devcontainer\/state:ro/)]),
    );
  });

  it('has pg_dump of the server’s own version', () => {
    const dockerfile = filesOf(POSTGRES).get('sidecar/actions.Dockerfile');
    expect(dockerfile).toMatch(/^FROM postgres:16$/m);
    expect(dockerfile).toMatch(/^COPY --from=node /m);
    const alpine = filesOf({ shared: { postgres: { version: '16-alpine' } } }).get('sidecar/actions.Dockerfile');
    expect(alpine).toMatch(/^RUN apk add --no-cache nodejs$/m);
  });

  it('hands the sidecar what the policy says, and the agent a client', () => {
    const files = filesOf();
    expect(JSON.parse(files.get('sidecar/actions.json') ?? '')).toEqual(ACTIONS);
    expect(files.get('image/cofferdam')).toMatch(/^#!\/usr\/local\/bin\/node\n/);
    expect(files.get('image/cofferdam')).not.toMatch(/@[A-Z]+@/);
    expect(files.get('Dockerfile')).toContain('COPY image/cofferdam /usr/local/bin/cofferdam');
  });

  it('has nothing of this without actions', () => {
    for (const [path, text] of filesOf({ actions: {} })) {
      expect(path).not.toMatch(/actions|image\/cofferdam$/);
      expect(text).not.toMatch(/actions/);
    }
  });
});
