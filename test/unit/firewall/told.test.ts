import { afterEach, describe, expect, it } from 'vitest';
import type { Audit } from '../../../src/sidecars/audit.ts';
import { accessOf } from '../../../src/sidecars/firewall/access.ts';
import { route } from '../../../src/sidecars/firewall/decide.ts';
import { parseHead } from '../../../src/sidecars/firewall/request.ts';
import { type Firewall, startFirewall } from '../../../src/sidecars/firewall/server.ts';
import { headTold, sentTold } from '../../../src/sidecars/firewall/told.ts';
import { Untold } from '../../../src/sidecars/journal.ts';
import { exchange, type Recorder, recorder } from '../../support/raw.ts';
import { settingsOf } from '../../support/rules.ts';

const ID = 'c0ffee'.repeat(11).slice(0, 64);

function told(line: string) {
  const head = parseHead(`${line} HTTP/1.1\r\nHost: docker\r\nX-Registry-Auth: hunter2`);
  if ('allow' in head) throw new Error(head.hint);
  const routed = route(head, accessOf('read'));
  return headTold(head.method, head.segments, 'allow' in routed ? undefined : routed);
}

describe('what the audit log says of a request', () => {
  it.each([
    [
      'GET /v1.41/containers/web/logs?stdout=1&tail=5',
      { method: 'GET', route: '/containers/{id*}/logs', endpoint: 'ContainerLogs', target: 'web' },
    ],
    ['GET /containers/json', { method: 'GET', route: '/containers/json', endpoint: 'ContainerList' }],
    [`DELETE /containers/${ID}`, { method: 'DELETE', route: '/containers/{id}', target: 'c0ffeec0ffee' }],
    ['POST /containers/web/exec', { method: 'POST', route: '/containers/{id}/exec', target: 'web' }],
    ['POST /images/library/node/push', { method: 'POST', route: '/images/{name*}/push', target: 'library/node' }],
    ['GET /containers/web/logs?secret=hunter2', { method: 'GET', route: '/containers/{id*}/logs', target: 'web' }],
    ['PUT /containers/web/logs', { method: 'PUT', route: '/containers/{id*}/logs', target: 'web' }],
    ['GET /tomorrow/x', { method: 'GET', route: '/tomorrow/x' }],
    [`GET /tomorrow/${'x'.repeat(250)}`, { method: 'GET', route: `/tomorrow/${'x'.repeat(110)}` }],
    [`GET /containers/${'x'.repeat(250)}/json`, expect.objectContaining({ target: 'x'.repeat(128) })],
  ])('%s', (line, expected) => {
    expect(told(line)).toEqual(expected);
    expect(JSON.stringify(told(line))).not.toContain('hunter2');
  });

  it('is the id once that is known, because a name can belong to another one later', () => {
    const head = told('GET /containers/web/logs?stdout=1');
    expect(sentTold(head, { path: `/containers/${ID}/logs`, query: {} })).toEqual({ ...head, target: 'c0ffeec0ffee' });
    const image = told('GET /images/team/app:1/json');
    expect(sentTold(image, { path: `/images/sha256:${ID}/json`, query: {} }).target).toBe('c0ffeec0ffee');
    expect(sentTold(told('GET /info'), { path: '/info', query: {} })).toEqual(told('GET /info'));
  });
});

describe('a firewall', () => {
  let upstream: Recorder | undefined;
  let firewall: Firewall | undefined;
  afterEach(async () => {
    await firewall?.close();
    await upstream?.close();
  });

  async function start(audit: Audit): Promise<Firewall> {
    upstream = await recorder((request, response) => {
      if (request.url?.includes('/logs')) {
        response.writeHead(200, { 'Content-Type': 'application/vnd.docker.raw-stream' });
        response.write('line\n');
        return;
      }
      const labels = { 'com.docker.compose.project': 'shop' };
      response.end(JSON.stringify([{ Id: ID, Names: ['/web'], ImageID: 'sha256:1', Labels: labels }]));
    });
    firewall = await startFirewall(settingsOf(upstream.socket), audit);
    return firewall;
  }
  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: docker\r\n\r\n`;

  it('tells what was asked for, of whom, what became of it, and how long that took', async () => {
    const lines: { event: string; detail: Parameters<Audit>[1] }[] = [];
    const { address } = await start((event, detail) => lines.push({ event, detail }));
    await exchange(address, get('/containers/other/json'), /not-in-scope|No such/);
    await exchange(address, get('/containers/web/logs?stdout=1&follow=1'), /line/);
    await exchange(address, 'nonsense');
    const inspect = { method: 'GET', route: '/containers/{id*}/json', endpoint: 'ContainerInspect' };
    const logs = { method: 'GET', route: '/containers/{id*}/logs', endpoint: 'ContainerLogs' };
    const ms = expect.any(Number);
    expect(lines.slice(1)).toEqual([
      { event: 'refused', detail: { ...inspect, target: 'other', code: 'not-in-scope', status: 404, ms } },
      { event: 'allowed', detail: { ...logs, target: 'c0ffeec0ffee', ms } },
      { event: 'refused', detail: { code: 'malformed', status: 400, ms: 0 } },
    ]);
  });

  it('passes nothing on that can’t be told', async () => {
    const { address } = await start((event) => {
      if (event === 'allowed') throw new Untold('ENOSPC');
    });
    const answer = await exchange(address, get('/containers/web/logs?stdout=1'), /\}/);
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toContain('audit log');
    expect(upstream?.seen.filter(({ target }) => target.includes('/logs'))).toEqual([]);
  });

  it('knows how many connections and streams are open', async () => {
    const { address, load } = await start(() => {});
    expect(load()).toEqual({ connections: 0, streams: 0 });
    let during: ReturnType<typeof load> | undefined;
    await exchange(address, get('/containers/web/logs?stdout=1&follow=1'), /line/, (text) => {
      if (text.includes('line')) during = load();
    });
    expect(during).toEqual({ connections: 1, streams: 1 });
  });
});
