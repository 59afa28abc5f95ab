import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type MetricsServer, makeMetrics, type State, startMetrics } from '../../../src/sidecars/firewall/metrics.ts';
import { exchange } from '../../support/raw.ts';

const STATE: State = { connections: 3, streams: 2, coalesced: 7, lost: 0, blocked: false };

/** The samples, read as strictly as the format is written down. */
function samples(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const types = new Map<string, string>();
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.slice(0, -1).split('\n')) {
    const [, name = '', type = ''] = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (name !== '') {
      expect(types.has(name)).toBe(false);
      types.set(name, type);
      continue;
    }
    if (/^# HELP [a-z_]+ \S/.test(line)) continue;
    const sample =
      /^(([a-z_]+)(?:\{[a-z]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z]+="(?:[^"\\\n]|\\[\\"n])*")*\})?) (\S+)$/.exec(line);
    expect(sample, line).not.toBeNull();
    const [, key = '', family = '', value] = sample ?? [];
    expect(types.has(family.replace(/_(?:bucket|sum|count)$/, '')) || types.has(family), line).toBe(true);
    expect(found.has(key)).toBe(false);
    found.set(key, Number(value));
  }
  return found;
}

describe('the metrics', () => {
  it('count decisions by verdict and rule, how long they took, and what is open', () => {
    const { audit, render } = makeMetrics();
    audit('started', { listen: 'tcp://127.0.0.1:2375' });
    audit('allowed', { endpoint: 'ContainerLogs', target: 'web', ms: 0.2 });
    audit('allowed', { endpoint: 'ContainerLogs', target: 'db', ms: 3 });
    audit('refused', { endpoint: 'ContainerLogs', code: 'not-in-scope', ms: 0.05 });
    audit('failed', { endpoint: 'ContainerLogs', code: 'engine', ms: 7_000 });
    const found = samples(render(STATE));
    const of = (name: string): number | undefined => found.get(`cofferdam_firewall_${name}`);
    expect(of('decisions_total{verdict="allowed",rule="ContainerLogs"}')).toBe(2);
    expect(of('decisions_total{verdict="refused",rule="not-in-scope"}')).toBe(1);
    expect(of('request_duration_seconds_bucket{verdict="allowed",le="0.0001"}')).toBe(0);
    expect(of('request_duration_seconds_bucket{verdict="allowed",le="0.00025"}')).toBe(1);
    expect(of('request_duration_seconds_bucket{verdict="allowed",le="0.005"}')).toBe(2);
    expect(of('request_duration_seconds_bucket{verdict="failed",le="5"}')).toBe(0);
    expect(of('request_duration_seconds_bucket{verdict="failed",le="+Inf"}')).toBe(1);
    expect(of('request_duration_seconds_count{verdict="allowed"}')).toBe(2);
    expect(of('request_duration_seconds_sum{verdict="allowed"}')).toBeCloseTo(0.0032);
    expect(of('upstream_errors_total')).toBe(1);
    expect(of('connections')).toBe(3);
    expect(of('streams')).toBe(2);
    expect(of('audit_coalesced_total')).toBe(7);
    expect(of('audit_blocked')).toBe(0);
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
    expect(samples(render({ ...STATE, blocked: true })).get('cofferdam_firewall_audit_blocked')).toBe(1);
  });

  it('stay small and readable, whatever a rule is called', () => {
    const { audit, render } = makeMetrics();
    for (let index = 0; index < 10_000; index++) audit('refused', { code: `"} 1\n# \\${index}`, ms: 1 });
    const found = samples(render(STATE));
    expect(found.size).toBeLessThan(400);
    expect(found.get('cofferdam_firewall_decisions_total{verdict="refused",rule="other"}')).toBeGreaterThan(9_000);
  });
});

describe('the listener for metrics', () => {
  let server: MetricsServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function ask(request: string): Promise<string> {
    server ??= await startMetrics({ kind: 'tcp', host: '127.0.0.1', port: 0 }, () => 'up 1\n');
    return exchange(server.address, `${request}\r\nHost: metrics\r\n\r\n`);
  }

  it('answers one path', async () => {
    expect(await ask('GET /metrics HTTP/1.1')).toMatch(
      /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain; version=0\.0\.4; charset=utf-8\r\n[\s\S]*up 1\n/,
    );
  });

  it.each([
    'HEAD /metrics',
    'POST /metrics',
    'GET /metrics/',
    'GET /metrics?x=1',
    'GET //metrics',
    'GET /%6detrics',
    'GET /',
    'GET /containers/json',
    'GET http://metrics/metrics',
  ])('has nothing at %s', async (line) => {
    expect(await ask(`${line} HTTP/1.1`)).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('listens at its address only, and not where somebody else does', async () => {
    await ask('GET /metrics HTTP/1.1');
    const port = Number(new URL(server?.address ?? '').port);
    const other = net.connect(port, '127.0.0.2');
    expect(
      await new Promise((resolve) => other.on('error', resolve).on('connect', () => resolve('connected'))),
    ).toMatchObject({ code: 'ECONNREFUSED' });
    await expect(startMetrics({ kind: 'tcp', host: '127.0.0.1', port }, () => '')).rejects.toMatchObject({
      code: 'settings-invalid',
    });
  });
});
