// Sends broken, hostile and odd bytes to the built firewall and watches what reaches the engine behind it.
//
//     npm run fuzz:firewall -- [--seconds 60] [--seed NUMBER] [--replay FILE] [--subject firewall|plain]
//
// Findings: a request that the docs do not list arrived; more arrived than were sent; bytes that are no HTTP arrived; the
// process ended; another client had to wait for longer than a second. The input is then saved, for --replay. `plain` is a
// proxy that checks nothing, to see that findings are found. Exit status 0: none; 1: one; 2: it could not be tried.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { countRequests, FOREIGN, IMAGE, makeInput, makeRandom, PROJECT } from './fuzz/inputs.mjs';
import { startUpstream } from './fuzz/upstream.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    replay: { type: 'string' },
    subject: { type: 'string', default: 'firewall' },
  },
});
/** Another client's longest wait for `/_ping`. */
const MAX_WAIT_MS = 1_000;
/** An answer or an end of the connection takes no longer; the client itself has said that it is done. */
const MAX_INPUT_MS = 10_000;
const SETTLE_MS = 1_000;
const START_MS = 20_000;
const LEVELS = ['read', 'sandboxed'];
/** Asked only by the client that must not be kept waiting, so it counts for nobody else. */
const PROBE = '/v1.30/_ping';

/** What may reach the engine at a level, as the table in the docs has it. */
function listed(level) {
  const rows = readFileSync('docs/firewall.md', 'utf8').matchAll(/^\| `([A-Z]+) (\/[^`]*)` \| (.*) \|$/gm);
  const patterns = [...rows].flatMap(([, method, path, rest]) => {
    const [, levels] = rest.split(' | ');
    if (!levels?.split(', ').includes(level)) return [];
    const shape = path.replace(/\{(?:id|name)\*?\}/g, '[A-Za-z0-9][A-Za-z0-9_.:@-]*');
    return [new RegExp(`^${method} (?:/v1\\.[1-9][0-9])?${shape}(?:\\?[\\w.~!*'()%&=-]*)?$`)];
  });
  if (!(patterns.length >= 15)) throw new Error('the table of docs/firewall.md is not read any more');
  return patterns;
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function ping(port, agent) {
  return new Promise((resolve, reject) => {
    const call = http.get({ host: '127.0.0.1', port, path: PROBE, agent, timeout: MAX_INPUT_MS }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${MAX_INPUT_MS} ms`)));
    call.on('error', reject);
  });
}

/** A proxy before an upstream of its own. */
async function start(level, folder, subjects) {
  const allowed = listed(level);
  const socket = join(folder, `${level}.sock`);
  const upstream = await startUpstream(socket);
  const port = await freePort();
  const image = level === 'sandboxed' ? ['--image', IMAGE] : [];
  const words = ['--listen', `tcp://127.0.0.1:${port}`, '--upstream', `unix://${socket}`, '--level', level, ...image];
  const argv =
    values.subject === 'plain'
      ? ['bench/plain-proxy.mjs', String(port), socket]
      : ['dist/sidecar.cjs', 'docker-proxy', ...words, '--scope', `project=${PROJECT}`, '--limits', 'shared'];
  const child = spawn(process.execPath, argv, { env: {}, stdio: ['ignore', 'ignore', 'inherit'] });
  const agent = new http.Agent({ keepAlive: true });
  subjects.push({ level, port, upstream, child, agent, allowed });
  for (const began = performance.now(); (await ping(port, agent).catch(() => 0)) !== 200; await sleep(20)) {
    if (!(performance.now() - began <= START_MS && child.exitCode === null))
      throw new Error('the proxy does not start');
  }
}

/** Sends an input and waits until the proxy has ended the connection. */
async function send(port, { bytes, cuts }) {
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => {});
  socket.on('end', () => socket.end());
  socket.resume();
  const late = setTimeout(() => socket.destroy(), MAX_INPUT_MS);
  for (const [index, to] of [...cuts, bytes.length].entries()) {
    socket.write(bytes.subarray(cuts[index - 1] ?? 0, to));
    await new Promise(setImmediate);
  }
  socket.end();
  await closed;
  clearTimeout(late);
}

/** What an input brought about that must not be, if anything. */
async function attempt({ port, upstream, child, agent, allowed }, input) {
  upstream.requests.length = 0;
  upstream.broken.length = 0;
  let over = false;
  const watch = (async () => {
    for (let slowest = 0; ; ) {
      const began = performance.now();
      const status = await ping(port, agent).catch((error) => error.message);
      if (status !== 200) return { wrong: `another client's /_ping: ${status}` };
      slowest = Math.max(slowest, performance.now() - began);
      if (over) return { slowest };
    }
  })();
  await Promise.all(Array.from({ length: input.copies }, () => send(port, input)));
  over = true;
  const { wrong, slowest } = await watch;
  if (child.exitCode !== null || child.signalCode !== null) return { what: 'the process ended' };
  if (wrong !== undefined) return { what: wrong };
  if (upstream.broken.length > 0) return { what: `what arrived is no HTTP: ${upstream.broken[0]}` };
  const arrived = upstream.requests.filter(({ url }) => url !== PROBE);
  for (const { method, url } of arrived) {
    const line = `${method} ${url}`;
    if (url.includes(FOREIGN) || !allowed.some((pattern) => pattern.test(line))) return { what: `arrived: ${line}` };
  }
  const sent = countRequests(input.bytes) * input.copies;
  const count = arrived.filter(({ lookUp }) => !lookUp).length;
  if (!(count <= sent)) {
    const lines = arrived.map(({ method, url }) => `${method} ${url}`).join(', ');
    return { what: `${count} requests arrived, ${sent} were sent: ${lines}`, again: true };
  }
  if (!(slowest <= MAX_WAIT_MS)) return { what: `another client waited ${Math.round(slowest)} ms`, again: true };
  return { arrived: arrived.length, slowest };
}

/**
 * A busy machine makes everybody wait, and what was sent before may arrive only now, because whoever sent it was cut off
 * while it was on its way. What an input itself does, it does again when all is quiet.
 */
async function tried(subject, input) {
  const outcome = await attempt(subject, input);
  if (!outcome.again) return outcome;
  await sleep(SETTLE_MS);
  return await attempt(subject, input);
}

function report({ level }, { bytes, cuts, copies }, what) {
  const file = join(mkdtempSync(join(tmpdir(), 'fuzz-finding-')), 'input.json');
  writeFileSync(file, JSON.stringify({ level, cuts, copies, bytes: bytes.toString('base64') }));
  console.log(`found at level ${level}: ${what}\n  seed ${values.seed}; npm run fuzz:firewall -- --replay ${file}`);
}

async function main(folder, subjects) {
  const saved = values.replay === undefined ? undefined : JSON.parse(readFileSync(values.replay, 'utf8'));
  for (const level of saved ? [saved.level] : LEVELS) await start(level, folder, subjects);
  const until = performance.now() + Number(values.seconds) * 1_000;
  const total = { inputs: 0, arrived: 0, slowest: 0 };
  let found = false;
  console.log(`seed ${values.seed}`);
  const lane = async (subject) => {
    const random = makeRandom(Number(values.seed));
    do {
      const input = saved ? { ...saved, bytes: Buffer.from(saved.bytes, 'base64') } : makeInput(random);
      const outcome = await tried(subject, input);
      if (outcome.what !== undefined) {
        report(subject, input, outcome.what);
        found = true;
        return;
      }
      total.inputs++;
      total.arrived += outcome.arrived;
      total.slowest = Math.max(total.slowest, outcome.slowest);
    } while (!saved && !found && performance.now() <= until);
  };
  await Promise.all(subjects.map(lane));
  if (found) return 1;
  if (!saved && total.arrived === 0) throw new Error('nothing arrived at all, so nothing was tried');
  console.log(
    `nothing found: ${total.inputs} inputs, ${total.arrived} requests arrived, longest wait of another client ${Math.round(total.slowest)} ms`,
  );
  return 0;
}

const folder = mkdtempSync(join(tmpdir(), 'fuzz-firewall-'));
const subjects = [];
try {
  process.exitCode = await main(folder, subjects);
} catch (error) {
  console.error(`fuzz: ${error.message}`);
  process.exitCode = 2;
} finally {
  for (const { child, upstream, agent } of subjects) {
    child.kill();
    agent.destroy();
    upstream.close();
  }
  rmSync(folder, { recursive: true, force: true });
}
