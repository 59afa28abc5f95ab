import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { proxyAnswers } from '../../src/sidecars/forward/health.ts';
import { CLI } from '../support/box.ts';
import { dial, freePort, rest } from '../support/forward.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cofferdam-serve-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('`serve forward` keeps its connections through an error that nobody foresaw, and tells it', async () => {
  const [port, proxy] = [await freePort(), await freePort()];
  const app = net.createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => app.listen(join(folder, `${port}.sock`), resolve));
  const fault = join(folder, 'fault.cjs');
  writeFileSync(
    fault,
    "process.on('SIGUSR2', () => { throw Object.assign(new Error('a fault'), { code: 'EFAULT' }); });",
  );
  const argv = ['serve', 'forward', '--folder', folder, '--port', String(port), '--proxy', String(proxy)];
  const sidecar = spawn(process.execPath, ['--require', fault, CLI, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const lines = createInterface({ input: sidecar.stdout })[Symbol.asyncIterator]();
    const told = async (event: string): Promise<unknown> => {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`ended before ${event}`);
        const entry = JSON.parse(value);
        if (entry.event === event) return entry.detail;
      }
    };
    await told('started');
    const client = await dial(port);
    client.write('before, ');
    sidecar.kill('SIGUSR2');
    expect(await told('failed')).toEqual({ code: 'EFAULT' });
    client.end('after');
    expect(await rest(client)).toBe('before, after');
    expect(await proxyAnswers(proxy)).toBe(true);
  } finally {
    const ended = once(sidecar, 'exit');
    if (sidecar.kill()) await ended;
    await new Promise((resolve) => app.close(resolve));
  }
});
