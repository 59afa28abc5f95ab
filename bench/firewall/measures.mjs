// What is measured, and how one figure of it is taken.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { LIST } from './checks.mjs';

const FOLLOWED = 500;
const MIB = 1024 * 1024;

const rate = (name, path, connections, kind = 'rate') => ({ name, kind, path, connections });
const PING = [rate('_ping, 1 connection', '/_ping', 1), rate('_ping, 64 connections', '/_ping', 64)];
const FRESH = rate('_ping, new connections, 16 at once', '/_ping', 16, 'fresh');
const lists = (count) => [
  rate(`list of ${count}, 1 connection`, LIST, 1),
  rate(`list of ${count}, 64 connections`, LIST, 64),
];

/** What lets compilers and pools settle before the first round. */
export const WARMING = [rate('', '/_ping', 16), rate('', LIST, 1)];
export const FEW = [...PING, FRESH, ...lists(5), { name: 'logs', kind: 'drain' }];
export const MANY = lists(100);
export const STATIC = [...PING, FRESH, ...lists(100), { name: 'logs', kind: 'drain' }];

/** Starts the load generator; its line of JSON, and a way to let it go. */
async function generate(kind, { name, address }, ...args) {
  const argv = [resolve('bench/load.pl'), kind, address, ...args.map(String)];
  const child = spawn('perl', argv, { stdio: ['pipe', 'pipe', 'pipe'] });
  const gone = once(child, 'close');
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), gone.then(() => [])]);
  const release = async () => {
    child.stdin.end();
    await gone;
  };
  if (line === undefined) throw new Error(`${name}, ${kind} ${args.join(' ')}: ${said || 'no figures'}`);
  return { figures: JSON.parse(line), release };
}

/** Nanoseconds that a process and its descendants have had a processor. */
function processorTime(pid) {
  const threads = family(pid).flatMap((member) =>
    readdirSync(`/proc/${member}/task`).map((thread) => `/proc/${member}/task/${thread}/schedstat`),
  );
  return threads.reduce((sum, file) => sum + Number(readFileSync(file, 'utf8').split(' ', 1)[0]), 0);
}

/** One round of one measure. Rates are requests or MB a second, times milliseconds; `cost` is µs of processor a request. */
export async function take({ kind, path, connections }, subject, { seconds, logPath, logBytes }) {
  if (kind === 'drain') {
    const { figures, release } = await generate('drain', subject, logPath);
    await release();
    return { rate: logBytes / 1e6 / figures.seconds };
  }
  const before = subject.pid && processorTime(subject.pid);
  const { figures, release } = await generate(kind, subject, path, connections, seconds);
  await release();
  // The generator leaves the first answers out of its count, one for each connection.
  const cost = subject.pid && (processorTime(subject.pid) - before) / 1000 / (figures.count + connections);
  return { ...figures, cost };
}

/** A process and all that came from it. */
function family(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}

/** Proportional and plain resident size of a process and its descendants, in MiB. */
export function memory(pid) {
  const total = { pss: 0, rss: 0 };
  for (const member of family(pid)) {
    const rollup = readFileSync(`/proc/${member}/smaps_rollup`, 'utf8');
    for (const key of ['pss', 'rss']) {
      total[key] += (Number(new RegExp(`^${key}: +(\\d+) kB`, 'im').exec(rollup)?.[1]) * 1024) / MIB;
    }
  }
  return total;
}

/** Memory of a fresh proxy, and of the same while logs are followed. */
export async function follow(proxy, id) {
  const running = await proxy.launch();
  try {
    const idle = memory(running.pid);
    const path = `/containers/${id}/logs?stdout=1&stderr=1&follow=1&tail=1`;
    const { release } = await generate('hold', running, path, FOLLOWED);
    const following = memory(running.pid);
    await release();
    return { milliseconds: running.milliseconds, idle, following };
  } finally {
    await running.stop();
  }
}
