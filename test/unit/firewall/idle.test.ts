import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Firewall, startFirewall } from '../../../src/sidecars/firewall/server.ts';
import { type Recorder, recorder } from '../../support/raw.ts';
import { settingsOf } from '../../support/rules.ts';

const ID = 'c'.repeat(64);
const LIST = JSON.stringify([
  { Id: ID, Names: ['/web'], ImageID: 'sha256:1', Labels: { 'com.docker.compose.project': 'shop' } },
]);
const A_DAY = 24 * 60 * 60 * 1000;

describe('time passes, and', () => {
  let upstream: Recorder | undefined;
  let firewall: Firewall | undefined;
  let silent: ServerResponse | undefined;
  const sockets: net.Socket[] = [];

  /** Only the firewall's clocks are turned on; sockets are real. */
  async function start(): Promise<void> {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    upstream = await recorder((request, response) => {
      if (request.url === '/containers/json?all=1') response.end(LIST);
      else if (request.url?.includes('/logs')) {
        response.write('first');
        silent = response;
      } else response.end('OK');
    });
    firewall = await startFirewall(settingsOf(upstream.socket), () => {});
  }

  /** A connection that has got its first answer. */
  async function ask(target: string, until: string) {
    const { hostname, port } = new URL(firewall?.address ?? '');
    const socket = net.connect(Number(port), hostname);
    sockets.push(socket);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.write(`GET ${target} HTTP/1.1\r\nHost: docker\r\n\r\n`);
    const has = async (part: string): Promise<void> => {
      while (!text.includes(part)) await once(socket, 'data');
    };
    await has(until);
    return { socket, has };
  }

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    silent?.destroy();
    await firewall?.close();
    await upstream?.close();
    vi.useRealTimers();
  });

  it('a log that is followed and silent is not cut, however long (Tecnativa’s proxy cuts it after ten minutes)', async () => {
    await start();
    const { socket, has } = await ask('/containers/web/logs?follow=1&stdout=1', 'first');
    vi.advanceTimersByTime(A_DAY);
    expect(silent?.write('later')).toBe(true);
    await has('later');
    expect(socket.destroyed).toBe(false);
  });

  it('a connection on which nobody asks anything is closed', async () => {
    await start();
    const { socket } = await ask('/_ping', 'OK');
    const closed = once(socket, 'close');
    vi.advanceTimersByTime(A_DAY);
    await closed;
  });
});
