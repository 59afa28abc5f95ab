// What is compared: processes that listen on the loopback interface in front of one upstream, and the upstream itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { call } from './engine.mjs';
import { configuration } from './haproxy.mjs';

export const OURS = 'firewall';
export const DIRECT = 'direct';
export const CLOSING = 'ha-close';
export const REUSING = 'ha-reuse';
export const PLAIN = 'node:http';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const RETRY_MS = 1;

/** A process whose output goes to a file. `ended` says why it is gone; stopping it is not a failure. */
export function start([program, ...args], { folder, name, env = process.env }) {
  const log = join(folder, `${name}.log`);
  const out = openSync(log, 'w');
  const child = spawn(program, args, { env, stdio: ['ignore', out, out] });
  let failed;
  child.on('error', (error) => {
    failed = error.message;
  });
  child.on('exit', (code, signal) => {
    failed ??= `it ended (${code ?? signal}):\n${readFileSync(log, 'utf8').slice(-2000)}`;
  });
  return {
    pid: child.pid,
    failure: () => (failed === undefined ? undefined : `${name}: ${failed}`),
    async stop() {
      if (failed !== undefined) return;
      const exit = once(child, 'exit');
      child.kill();
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exit;
      clearTimeout(late);
    },
  };
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Asks until the answer is 200; milliseconds since `began`. */
export async function ready(place, began, failure) {
  while (performance.now() - began <= START_TIMEOUT_MS) {
    const answer = await call(place, 'GET', '/_ping').catch(() => undefined);
    if (answer?.status === 200) return performance.now() - began;
    const why = failure();
    if (why !== undefined) throw new Error(why);
    await sleep(RETRY_MS);
  }
  throw new Error(`no 200 within ${START_TIMEOUT_MS / 1000} s`);
}

/** How each proxy is started: `{ name, argv(port), env }`. Without HAProxy the others are left. */
function kinds({ folder, socket, project, haproxy }) {
  const behind = (name, connections) => ({
    name,
    env: haproxy?.env,
    argv: (port) => {
      const file = join(folder, `${name}-${port}.cfg`);
      writeFileSync(file, configuration({ port, socket, connections }));
      // -W: a master and its worker, as in the image of the original.
      return [haproxy.program, '-W', '-db', '-f', file];
    },
  });
  const node = process.execPath;
  const firewall = [node, resolve('dist/sidecar.cjs'), 'docker-proxy', '--upstream', `unix://${socket}`];
  const limits = ['--scope', `project=${project}`, '--level', 'read', '--limits', 'shared'];
  return [
    {
      name: OURS,
      env: { PATH: process.env.PATH },
      argv: (port) => [...firewall, ...limits, '--listen', `tcp://127.0.0.1:${port}`],
    },
    ...(haproxy ? [behind(CLOSING, 'option http-server-close'), behind(REUSING, 'http-reuse always')] : []),
    { name: PLAIN, argv: (port) => [node, resolve('bench/plain-proxy.mjs'), String(port), socket] },
  ];
}

/** The proxies before one upstream. `launch` starts one and waits for its first 200. */
export function makeProxies(setup) {
  return kinds(setup).map(({ name, argv, env }) => ({
    name,
    async launch() {
      const port = await freePort();
      const command = argv(port);
      const began = performance.now();
      const running = start(command, { folder: setup.folder, name: `${name}-${port}`, env });
      const place = { host: '127.0.0.1', port };
      try {
        const milliseconds = await ready(place, began, running.failure);
        return { name, ...running, place, address: `127.0.0.1:${port}`, milliseconds };
      } catch (error) {
        await running.stop();
        throw error;
      }
    },
  }));
}

export const direct = (socketPath) => ({ name: DIRECT, place: { socketPath }, address: `unix:${socketPath}` });
