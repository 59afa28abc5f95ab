#!/usr/bin/env node
// What the localhost forward costs beside socat doing the same: port → unix socket → app. The two take turns, so that a
// busy machine is busy for both; medians. Run `npm run build` first; `--quick` is shorter.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 3 : 9;
const BYTES = (quick ? 128 : 512) * 1024 * 1024;
const CONNECTIONS = quick ? 200 : 1000;
const AT_ONCE = 16;

if (spawnSync('socat', ['-V']).status !== 0) {
  process.stderr.write('there is no socat here to compare with\n');
  process.exit(4);
}

const listening = (server, ...place) =>
  new Promise((resolve) => server.listen(...place, () => resolve(server.address())));
const folder = mkdtempSync(join(tmpdir(), 'cofferdam-bench-'));
const children = [];
const start = (file, ...argv) => children.push(spawn(file, argv, { stdio: 'ignore' }));
const free = async () => {
  const server = net.createServer();
  const { port } = await listening(server, 0, '127.0.0.1');
  await new Promise((resolve) => server.close(resolve));
  return port;
};

/** The app: GET /BYTES sends so many. */
const block = Buffer.alloc(64 * 1024);
const app = http.createServer((request, response) => {
  let left = Number(request.url.slice(1));
  response.setHeader('Content-Length', left);
  const more = () => {
    while (left > 0) {
      const size = Math.min(left, block.length);
      left -= size;
      if (!response.write(size === block.length ? block : block.subarray(0, size))) return response.once('drain', more);
    }
    response.end();
  };
  more();
});
const { port: appPort } = await listening(app, 0, '127.0.0.1');

const reachable = async (port) => {
  for (;;) {
    const there = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true) || socket.destroy());
      socket.on('error', () => resolve(false));
    });
    if (there) return port;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

async function ours() {
  const port = await free();
  start(process.execPath, 'dist/relay.cjs', 'agent', folder, String(appPort));
  // In a box both ends have one number. Here they share an address, so the socket is renamed.
  const made = join(folder, `${appPort}.sock`);
  for (;;) {
    try {
      renameSync(made, join(folder, `${port}.sock`));
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  start(process.execPath, 'dist/sidecar.cjs', 'forward', '--folder', folder, '--port', String(port));
  return await reachable(port);
}

async function socat() {
  const port = await free();
  const path = join(folder, 'socat.sock');
  start('socat', `UNIX-LISTEN:${path},fork,backlog=511`, `TCP4:127.0.0.1:${appPort},nodelay`);
  start('socat', `TCP4-LISTEN:${port},bind=127.0.0.1,fork,nodelay,backlog=511`, `UNIX-CONNECT:${path}`);
  return await reachable(port);
}

const get = (port, bytes) =>
  new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: `/${bytes}`, agent: false }, (answer) => {
      let got = 0;
      answer.on('data', (chunk) => (got += chunk.length));
      answer.on('end', () => (got === bytes ? resolve() : reject(new Error(`${got} of ${bytes} bytes`))));
      answer.on('error', reject);
    });
    request.on('error', reject);
  });

const timed = async (work) => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

const MEASURES = {
  'one transfer, MB/s': async (port) => BYTES / 1e3 / (await timed(() => get(port, BYTES))),
  [`${AT_ONCE} connections at a time, each/s`]: async (port) => {
    let left = CONNECTIONS;
    const one = async () => {
      while (left-- > 0) await get(port, 1000);
    };
    return (1e3 * CONNECTIONS) / (await timed(() => Promise.all(Array.from({ length: AT_ONCE }, one))));
  },
};

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const shown = (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toString());

try {
  const subjects = { directly: appPort, socat: await socat(), cofferdam: await ours() };
  for (const port of Object.values(subjects)) await get(port, 1e6); // once, not counted
  console.log(`${ROUNDS} rounds in turn, ${cpus().length} processors, Node ${process.version}; median (least to most)`);
  for (const [name, measure] of Object.entries(MEASURES)) {
    const found = Object.fromEntries(Object.keys(subjects).map((subject) => [subject, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [subject, port] of Object.entries(subjects)) found[subject].push(await measure(port));
    }
    console.log(`\n${name}`);
    for (const [subject, values] of Object.entries(found)) {
      const range = `${shown(Math.min(...values))} to ${shown(Math.max(...values))}`;
      console.log(`  ${subject.padEnd(10)} ${shown(median(values)).padStart(6)}  (${range})`);
    }
    const ratios = found.cofferdam.map((value, round) => value / found.socat[round]);
    console.log(`  cofferdam is ${median(ratios).toFixed(2)} times socat`);
  }
} finally {
  for (const child of children) child.kill();
  app.close();
  rmSync(folder, { recursive: true, force: true });
}
