import http from 'node:http';
import { ToolError } from '../../core/errors.ts';
import type { Audit } from '../audit.ts';
import type { Address } from './settings.ts';

const VERDICTS = ['allowed', 'refused', 'failed'] as const;

/** What is looked at only when somebody asks. */
export interface State {
  readonly connections: number;
  readonly streams: number;
  /** Of the audit log: decisions that share a line, lines for which there was no room, and whether it can be written. */
  readonly coalesced: number;
  readonly lost: number;
  readonly blocked: boolean;
}

export interface Metrics {
  /** Counts what is told to the audit log; other events than decisions count as nothing. */
  readonly audit: Audit;
  /** Text exposition format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
  render(state: State): string;
}

/** Upper bounds in milliseconds: a decision from memory takes microseconds, one for which the engine is asked takes longer. */
const BUCKETS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1_000, 5_000];
/** Rules are few and ours. Should one of the caller's words ever get in, it can't fill the memory. */
const MAX_RULES = 256;
const OTHER = 'other';

interface Histogram {
  /** For each bucket by itself; one more for what is above all. */
  readonly buckets: number[];
  sum: number;
}

export function makeMetrics(): Metrics {
  const rules = new Map<string, Map<string, number>>(VERDICTS.map((verdict) => [verdict, new Map()]));
  const durations = new Map<string, Histogram>(
    VERDICTS.map((verdict) => [verdict, { buckets: [...BUCKETS_MS.map(() => 0), 0], sum: 0 }]),
  );
  let known = 0;
  let failed = 0;

  function count(rule: string, counts: Map<string, number>): void {
    const before = counts.get(rule);
    if (before !== undefined) counts.set(rule, before + 1);
    else if (known < MAX_RULES) {
      known++;
      counts.set(rule, 1);
    } else counts.set(OTHER, (counts.get(OTHER) ?? 0) + 1);
  }

  return {
    audit(event, { endpoint, code, ms }) {
      const [counts, duration] = [rules.get(event), durations.get(event)];
      if (!counts || !duration) return;
      count(String(code ?? endpoint ?? OTHER), counts);
      if (event === 'failed') failed++;
      if (typeof ms !== 'number') return;
      let at = 0;
      for (const bound of BUCKETS_MS) {
        if (ms <= bound) break;
        at++;
      }
      duration.buckets[at] = (duration.buckets[at] ?? 0) + 1;
      duration.sum += ms;
    },
    render({ connections, streams, coalesced, lost, blocked }) {
      const decisions = [...rules].flatMap(([verdict, counts]) =>
        [...counts].map(([rule, value]) => sample({ verdict, rule }, value)),
      );
      const histograms = [...durations].flatMap(([verdict, histogram]) => histogramSamples(verdict, histogram));
      const one = (name: string, type: 'counter' | 'gauge', help: string, value: number): string[] =>
        family(`cofferdam_firewall_${name}`, type, help, [sample({}, value)]);
      return [
        ...family(
          'cofferdam_firewall_decisions_total',
          'counter',
          'What was decided, by verdict and rule. What was allowed can fail afterwards and counts as both.',
          decisions,
        ),
        ...family(
          'cofferdam_firewall_request_duration_seconds',
          'histogram',
          'From the end of a request’s head to the decision about it.',
          histograms,
        ),
        ...one('upstream_errors_total', 'counter', 'Requests that the engine did not answer as it should.', failed),
        ...one('connections', 'gauge', 'Connections of clients that are open.', connections),
        ...one('streams', 'gauge', 'Answers that go on until somebody ends them.', streams),
        ...one(
          'audit_coalesced_total',
          'counter',
          'Decisions that are told as a count, without a line each.',
          coalesced,
        ),
        ...one('audit_lost_total', 'counter', 'Audit lines that found no room while the disk was full.', lost),
        ...one(
          'audit_blocked',
          'gauge',
          '1 while the audit log cannot be written and nothing is let through.',
          +blocked,
        ),
        ...family('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', [
          sample({}, process.memoryUsage.rss()),
        ]),
        '',
      ].join('\n');
    },
  };
}

/** A sample's end: suffix of the name, labels, value. */
type Sample = string;

function sample(labels: Readonly<Record<string, string>>, value: number, suffix = ''): Sample {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escapeLabel(text)}"`);
  return `${suffix}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
}

function histogramSamples(verdict: string, { buckets, sum }: Histogram): Sample[] {
  let count = 0;
  const samples = buckets.map((value, index) => {
    count += value;
    const bound = BUCKETS_MS[index];
    return sample({ verdict, le: bound === undefined ? '+Inf' : String(bound / 1_000) }, count, '_bucket');
  });
  return [...samples, sample({ verdict }, sum / 1_000, '_sum'), sample({ verdict }, count, '_count')];
}

function family(name: string, type: 'counter' | 'gauge' | 'histogram', help: string, samples: Sample[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map((text) => `${name}${text}`)];
}

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

export interface MetricsServer {
  readonly address: string;
  close(): Promise<void>;
}

/** Answers `GET /metrics` at one address and nothing else. Whoever can connect there sees how much is asked for. */
export async function startMetrics(address: Address, render: () => string): Promise<MetricsServer> {
  const server = http.createServer(
    { maxHeaderSize: 4096, headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    ({ method, url }, response) => {
      const found = method === 'GET' && url === '/metrics';
      response.writeHead(found ? 200 : 404, {
        'Content-Type': found ? 'text/plain; version=0.0.4; charset=utf-8' : 'text/plain; charset=utf-8',
        Connection: 'close',
      });
      response.end(found ? render() : 'Only GET /metrics is here.\n');
    },
  );
  server.maxConnections = 16;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new ToolError(
          'settings-invalid',
          `cannot listen for metrics: ${error.message}`,
          'Choose a free --metrics address.',
          {
            cause: error,
          },
        ),
      ),
    );
    server.listen(
      address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port },
      resolve,
    );
  });
  const bound = server.address();
  return {
    address: typeof bound === 'string' ? `unix://${bound}` : bound ? `tcp://${bound.address}:${bound.port}` : 'nowhere',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
