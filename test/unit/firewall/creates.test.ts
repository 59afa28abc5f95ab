import { afterEach, describe, expect, it } from 'vitest';
import { type Firewall, startFirewall } from '../../../src/sidecars/firewall/server.ts';
import { exchange, type Recorder, recorder } from '../../support/raw.ts';
import { rulesOf, settingsOf } from '../../support/rules.ts';

const CEILING = 2;
const gateway = { Name: 'shop_default', Id: 'e'.repeat(64), IPAM: { Config: [{ Gateway: '10.1.2.1' }] } };

const SHOP = { kind: 'project', project: 'shop', services: [] } as const;
const SANDBOX = {
  owner: 'shop',
  network: 'shop_default',
  images: ['debian:*'],
  publish: 'gateway',
  containers: CEILING,
  memory: 64 << 20,
  cpus: 1,
  pids: 64,
};

describe('containers that are asked for at the same moment', () => {
  let upstream: Recorder | undefined;
  let firewall: Firewall | undefined;
  const bodies: string[] = [];

  afterEach(async () => {
    await firewall?.close();
    await upstream?.close();
  });

  /** Keeps its list as an engine does: what was made is in it when the answer goes out, and not before. */
  async function start(): Promise<string> {
    const made: object[] = [];
    upstream = await recorder((request, response) => {
      if (request.method === 'POST') {
        let body = '';
        request.on('data', (chunk) => {
          body += chunk;
        });
        request.on('end', () => {
          const { Labels } = JSON.parse(body);
          const Id = String(made.length).repeat(64);
          bodies.push(body);
          setTimeout(() => {
            const name = new URL(request.url ?? '', 'http://engine').searchParams.get('name');
            made.push({ Id, Names: [`/${name}`], Labels, ImageID: 'sha256:1' });
            response.writeHead(201).end(JSON.stringify({ Id, Warnings: null }));
          }, 20);
        });
      } else if (request.url === '/containers/json?all=1') response.end(JSON.stringify(made));
      else if (request.url === '/networks') response.end(JSON.stringify([gateway]));
      else if (request.url === '/images/json') response.end('[{"Id":"sha256:1","RepoTags":["debian:bookworm-slim"]}]');
      else if (request.url === '/volumes') response.end('{"Volumes":[]}');
      else response.writeHead(404).end('{"message":"no"}');
    });
    const settings = settingsOf(upstream.socket, { ...rulesOf(SHOP, 'sandboxed'), sandbox: SANDBOX });
    // Whoever is on this machine looks like our own health check then, which waits for nothing.
    const listen = [{ kind: 'tcp', host: '0.0.0.0', port: 0 }] as const;
    firewall = await startFirewall({ ...settings, listen, limits: 'shared' }, () => {});
    return firewall.address;
  }

  function create(body: object): string {
    const text = JSON.stringify(body);
    const head = ['POST /v1.47/containers/create HTTP/1.1', 'Host: docker', 'Connection: close'];
    return [...head, 'Content-Type: application/json', `Content-Length: ${text.length}`, '', text].join('\r\n');
  }

  it('are never more than the ceiling', async () => {
    const address = await start();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => exchange(address, create({ Image: 'debian:bookworm-slim' }))),
    );
    const statuses = answers.map((answer) => answer.slice(9, 12)).sort();
    expect(statuses).toEqual([...Array(CEILING).fill('201'), ...Array(8 - CEILING).fill('409')]);
    expect(upstream?.seen.filter(({ target }) => target.startsWith('POST '))).toHaveLength(CEILING);
  });

  it('publish their ports where their own network ends, whatever address they ask for', async () => {
    const address = await start();
    const HostConfig = { PortBindings: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '' }] } };
    const answer = await exchange(address, create({ Image: 'debian:bookworm-slim', HostConfig }));
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(JSON.parse(bodies.at(-1) ?? '{}').HostConfig.PortBindings).toEqual({
      '80/tcp': [{ HostIp: '10.1.2.1', HostPort: '' }],
    });
  });
});
