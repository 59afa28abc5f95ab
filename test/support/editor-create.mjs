// Makes sockets as the editor's server does, one after the other, and prints what became of each: how many could not be
// made, after how many milliseconds each was gone, and how many stayed. Run in the container where the server is.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

const [prefix, ...numbers] = process.argv.slice(2);
const [count, apart, patience] = numbers.map(Number);
/** As VS Code's server chooses: measured, docs/internals/measurements.md. */
const folder = process.env.XDG_RUNTIME_DIR || tmpdir();
const pending = new Map();
const windows = [];
const refused = {};

/** A look at every socket that is still there. */
function look() {
  for (const [path, { began }] of pending) {
    if (lstatSync(path, { throwIfNoEntry: false })) continue;
    windows.push(performance.now() - began);
    pending.delete(path);
  }
}

for (let i = 0; i < count; i++) {
  const path = join(folder, `${prefix}${randomUUID()}.sock`);
  const next = performance.now() + apart;
  const server = createServer((socket) => socket.destroy());
  server.listen(path);
  try {
    await once(server, 'listening');
    pending.set(path, { began: performance.now(), server });
  } catch (error) {
    refused[error.code] = (refused[error.code] ?? 0) + 1;
  }
  do {
    look();
    await setImmediate();
  } while (performance.now() < next);
}
for (const end = performance.now() + patience; pending.size > 0 && performance.now() < end; await setImmediate())
  look();
console.log(JSON.stringify({ folder, refused, stayed: pending.size, windows }));
process.exit();
