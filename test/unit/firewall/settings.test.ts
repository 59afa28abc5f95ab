import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../src/sidecars/firewall/settings.ts';

const good = ['--listen', 'tcp://127.0.0.1:2375', '--upstream', 'unix:///var/run/docker.sock', '--level', 'read'];
const scoped = [...good, '--scope', 'project=shop'];
const sandboxed = [...scoped.slice(0, 4), '--level', 'sandboxed', '--scope', 'project=shop'];
const noLevel = scoped.slice(0, 4);

const VARIABLES = {
  COFFERDAM_LISTEN: 'unix:///run/x.sock,tcp://[::1]:1',
  COFFERDAM_UPSTREAM: 'tcp://10.0.0.1:2375',
  COFFERDAM_LEVEL: 'sandboxed',
  COFFERDAM_PROJECT: 'shop',
  COFFERDAM_SERVICES: 'bank/db,bank/cache',
  COFFERDAM_LIMITS: 'shared',
  COFFERDAM_AUDIT_LOG: '/var/log/x.jsonl',
  COFFERDAM_METRICS: 'tcp://127.0.0.1:9100',
  COFFERDAM_NETWORK: 'shop_default',
  COFFERDAM_IMAGES: 'postgres:16,registry.example:5000/team/*',
  COFFERDAM_PUBLISH: '127.0.0.1',
  COFFERDAM_CONTAINERS: '3',
  COFFERDAM_MEMORY: '512m',
  COFFERDAM_CPUS: '1.5',
  COFFERDAM_PIDS: '100',
};

describe('the settings', () => {
  it('are read from arguments, variables or both when they agree', () => {
    const expected = {
      visible: { kind: 'project', project: 'shop', services: ['bank/db', 'bank/cache'] },
      access: { level: 'read' },
      sandbox: undefined,
      limits: 'box',
      auditLog: undefined,
      metrics: undefined,
    };
    const services = ['--service', 'bank/db', '--service=bank/cache'];
    expect(parseSettings([...scoped, ...services], {})).toMatchObject(expected);
    expect(parseSettings([...scoped, ...services], { COFFERDAM_SERVICES: 'bank/cache,bank/db' })).toMatchObject(
      expected,
    );
    expect(parseSettings(scoped, { COFFERDAM_PROJECT: 'shop', COFFERDAM_SERVICES: '' })).toMatchObject({
      visible: { services: [] },
    });
  });

  it('have a variable each, and a flag for each variable', () => {
    const expected = {
      listen: [
        { kind: 'unix', path: '/run/x.sock' },
        { kind: 'tcp', host: '::1', port: 1 },
      ],
      upstream: { kind: 'tcp', host: '10.0.0.1', port: 2375 },
      visible: { kind: 'project', project: 'shop', services: ['bank/db', 'bank/cache'] },
      access: { level: 'sandboxed' },
      limits: 'shared',
      auditLog: '/var/log/x.jsonl',
      metrics: { kind: 'tcp', host: '127.0.0.1', port: 9100 },
      sandbox: {
        owner: 'shop',
        network: 'shop_default',
        images: ['postgres:16', 'registry.example:5000/team/*'],
        publish: '127.0.0.1',
        containers: 3,
        memory: 512 * 1024 ** 2,
        cpus: 1.5,
        pids: 100,
      },
    };
    expect(parseSettings([], VARIABLES)).toMatchObject(expected);
    const flags = Object.entries(VARIABLES).flatMap(([name, value]) => {
      if (name === 'COFFERDAM_PROJECT') return ['--scope', `project=${value}`];
      const flag = name.replace('COFFERDAM_', '--').toLowerCase().replace('_', '-');
      return value.split(',').flatMap((item) => [flag.replace(/^(--service|--image)s$/, '$1'), item]);
    });
    expect(parseSettings(flags, {})).toEqual(parseSettings([], VARIABLES));
  });

  it.each(Object.entries(VARIABLES))('do not start when %s says something else than its flag', (name, value) => {
    const other = name === 'COFFERDAM_PROJECT' ? 'bank' : `${value.split(',')[0]}0`;
    const flags = Object.entries(VARIABLES).flatMap(([variable, text]) => {
      if (variable === 'COFFERDAM_PROJECT') return ['--scope', `project=${text}`];
      const flag = variable.replace('COFFERDAM_', '--').toLowerCase().replace('_', '-');
      return text.split(',').flatMap((item) => [flag.replace(/^(--service|--image)s$/, '$1'), item]);
    });
    expect(() => parseSettings(flags, { [name]: other })).toThrow(
      expect.objectContaining({ code: 'settings-invalid', message: expect.stringContaining('differ') }),
    );
  });

  it('let nothing be made unless images are named, and bound what is made', () => {
    expect(parseSettings(sandboxed, {}).sandbox).toEqual({
      owner: 'shop',
      network: undefined,
      images: [],
      publish: undefined,
      containers: 8,
      memory: 1024 ** 3,
      cpus: 2,
      pids: 512,
    });
  });

  it('mark what is made for all projects by a name that no project has', () => {
    const all = [...sandboxed.slice(0, -1), 'all'];
    expect(parseSettings(all, {}).sandbox?.owner).toBe('*');
  });

  it.each<[string, string[], Record<string, string>]>([
    ['no scope', good, {}],
    ['an empty scope', [...good, '--scope', ''], {}],
    ['an empty project', [...good, '--scope', 'project='], {}],
    ['a project that is none', [...good, '--scope', 'project=Shop'], {}],
    ['a pattern', [...good, '--scope', 'project=*'], {}],
    ['a scope of another kind', [...good, '--scope', 'none'], {}],
    ['an empty variable', good, { COFFERDAM_PROJECT: '' }],
    ['a scope in a variable that differs', scoped, { COFFERDAM_SCOPE: 'all' }],
    ['an empty variable beside a flag', scoped, { COFFERDAM_LEVEL: '' }],
    ['all and a service', [...good, '--scope', 'all', '--service', 'a/b'], {}],
    ['a service without project', [...scoped, '--service', 'db'], {}],
    ['a service with two slashes', [...scoped, '--service', 'a/b/c'], {}],
    ['an empty service', scoped, { COFFERDAM_SERVICES: 'a/b,' }],
    ['an unknown flag', [...scoped, '--verbose', 'x'], {}],
    ['a word', [...scoped, 'x'], {}],
    ['a flag without value', [...good, '--scope'], {}],
    ['a flag twice', [...scoped, '--level', 'read'], {}],
    ['a value for a switch', [...scoped, '--tecnativa=1'], {}],
    ['no level', [...noLevel, '--scope', 'all'], {}],
    ['a level that is none', [...noLevel, '--scope', 'all', '--level', 'write'], {}],
    ['a port out of range', ['--listen', 'tcp://a:65536', ...scoped.slice(2)], {}],
    ['no port', ['--listen', 'tcp://a', ...scoped.slice(2)], {}],
    ['a relative socket', ['--listen', 'unix://x', ...scoped.slice(2)], {}],
    ['a socket path with dots', ['--listen', 'unix:///run/../x', ...scoped.slice(2)], {}],
    ['itself as the engine', ['--listen', 'unix:///var/run/docker.sock', ...scoped.slice(2)], {}],
    ['itself as the engine, second', ['--listen', 'unix:///var/run/docker.sock', ...scoped], {}],
    [
      'itself as the engine over TCP',
      ['--listen', 'tcp://[::]:1', '--upstream', 'tcp://127.0.0.1:1', ...scoped.slice(4)],
      {},
    ],
    [
      'itself as the engine, by the same words',
      ['--listen', 'tcp://a:1', '--upstream', 'tcp://A:1', ...scoped.slice(4)],
      {},
    ],
    ['limits that are none', [...scoped, '--limits', 'none'], {}],
    ['a relative log', [...scoped, '--audit-log', 'log'], {}],
    ['a folder as log', [...scoped, '--audit-log', '/var/log/'], {}],
    ['numbers on a socket', [...scoped, '--metrics', 'unix:///run/m.sock'], {}],
    ['a policy, which the sidecar can’t read', [...scoped, '--policy', '/x.yaml'], {}],
    ['a policy in a variable', scoped, { COFFERDAM_POLICY: '/x.yaml' }],
    ['a variable of the other mode', scoped, { COFFERDAM_ALLOW_ARCHIVE: '1' }],
    ['images at level read', [...scoped, '--image', 'postgres:16'], {}],
    ['memory at level read', scoped, { COFFERDAM_MEMORY: '1g' }],
    ['the host’s network', [...sandboxed, '--network', 'host'], {}],
    ['another container’s network', [...sandboxed, '--network', 'container:x'], {}],
    ['a pattern in the middle', [...sandboxed, '--image', 'a*b'], {}],
    ['a published name', [...sandboxed, '--publish', 'localhost'], {}],
    ['no container at all', [...sandboxed, '--containers', '0'], {}],
    ['too many containers', [...sandboxed, '--containers', '1001'], {}],
    ['memory without unit', [...sandboxed, '--memory', '512'], {}],
    ['less memory than Docker takes', [...sandboxed, '--memory', '5m'], {}],
    ['no processor', [...sandboxed, '--cpus', '0'], {}],
    ['a processor that is no number', [...sandboxed, '--cpus', 'NaN'], {}],
    ['negative processes', [...sandboxed, '--pids', '-1'], {}],
  ])('with %s do not start', (_, argv, env) => {
    expect(() => parseSettings(argv, env)).toThrow(expect.objectContaining({ code: 'settings-invalid' }));
  });
});
