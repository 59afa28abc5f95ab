import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Facts } from '../core/probing.ts';
import type { Doers } from './main.ts';

const pretenders: ChildProcess[] = [];
process.on('exit', () => {
  for (const child of pretenders) child.kill('SIGKILL');
});

/** The parts of a VS Code server that attacks look at: its version, its page, its handshake, without any token. */
const SERVER = `const [net, http] = [require('node:net'), require('node:http')];
const [, , socket] = process.argv;
net.createServer((caller) => caller.on('error', () => {}).end('HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n')).listen(socket, () => {
  const web = http.createServer((request, answer) => answer.end(request.url === '/version' ? 'c'.repeat(40) : '<meta id="vscode-workbench-web-configuration">'));
  web.on('upgrade', (request, caller) => {
    caller.on('error', () => {});
    caller.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n');
    caller.once('data', () => caller.end('{"type":"sign","data":"","signedData":""}'));
  });
  web.listen(0, '127.0.0.1', () => console.log(web.address().port));
});
`;

function start(folder: string): Promise<Facts['pretend']> {
  const home = join(folder, '.vscode-server', 'bin');
  mkdirSync(home, { recursive: true });
  const script = join(home, 'server-main.js');
  // Known by its folder alone: the guard, which goes by names, must not take the control away.
  const socket = join(folder, '.vscode-server', 'canary.sock');
  writeFileSync(script, SERVER);
  rmSync(socket, { force: true }); // of an earlier try
  const child = spawn(process.execPath, [script, socket], {
    env: { ...process.env, VSCODE_IPC_HOOK_CLI: socket },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  pretenders.push(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the pretended server ended (${code})`)));
    child.stdout.once('data', (port: Buffer) => resolve({ pid: child.pid ?? 0, socket, port: Number(String(port)) }));
  });
}

export const pretend = { pretend: ({ folder }) => start(folder) } satisfies Partial<Doers>;
