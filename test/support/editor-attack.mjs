// Run in a terminal of the editor, as whatever an agent could start there. Tries every way to the editor that is known, by
// connecting, and prints what came of it. Sockets are looked for in the kernel's list, in every folder of every file
// system, and in what the environments of other processes name.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';

const NAMES = /^(VSCODE_|GIT_ASKPASS|SSH_ASKPASS|BROWSER|REMOTE_CONTAINERS|SSH_AUTH_SOCK)/;
/** No file systems for sockets, and the server's own program, 60,000 files of root's into which nobody else can write. */
const PASSED = new Set(['/proc', '/sys', '/opt/editor']);
const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};
const list = (folder) => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
};

/** Variables of an editor that a process was started with. An empty one leads nowhere. */
function environment(pid) {
  const entries = (read(`/proc/${pid}/environ`) ?? '').split('\0').filter((entry) => NAMES.test(entry));
  return entries.filter((entry) => !entry.endsWith('='));
}

function* socketsBelow(folder) {
  for (const entry of list(folder)) {
    const path = join(folder, entry.name);
    if (entry.isSocket()) yield path;
    else if (entry.isDirectory() && !PASSED.has(path)) yield* socketsBelow(path);
  }
}

/** Whether a socket takes the connection; abstract ones are listed with an @ for the zero byte. */
const tries = (path) =>
  new Promise((resolve) => {
    const socket = connect({ path: path.startsWith('@') ? `\0${path.slice(1)}` : path });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(5_000, () => end('no answer'));
    socket.on('connect', () => end('connected')).on('error', (error) => end(error.code));
  });

/** What a web server says to somebody who has no password. */
const asks = (host, port) =>
  new Promise((resolve) => {
    const request = get({ host, port, path: '/', timeout: 5_000, agent: false }, ({ statusCode, headers }) =>
      resolve(`${statusCode}${headers.location ? ` to ${headers.location.split('?')[0]}` : ''}`),
    );
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => resolve(error.code ?? error.message));
  });

/** Ports that something listens on: proc_pid_net(5), state 0A. */
const listening = () =>
  ['tcp', 'tcp6'].flatMap((kind) =>
    (read(`/proc/net/${kind}`) ?? '')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A')
      .map((fields) => Number.parseInt(fields[1].split(':')[1], 16)),
  );

const pids = list('/proc')
  .map(({ name }) => name)
  .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
const environments = pids.map((pid) => environment(pid));
const named = environments.flat().flatMap((entry) => /=(\/[^=]*)$/.exec(entry)?.[1] ?? []);
const kernel = (read('/proc/net/unix') ?? '')
  .split('\n')
  .slice(1)
  .flatMap((line) => /^(?:\S+\s+){7}(\S.*)$/.exec(line)?.[1] ?? []);
const places = new Set([...kernel, ...socketsBelow('/'), ...named.filter((path) => isSocket(path))]);
function isSocket(path) {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return true; // a name that leads nowhere is tried as well
  }
}

const sockets = {};
for (const path of places) sockets[path] = await tries(path);
const web = {};
const [host, port] = process.argv.slice(2);
for (const open of new Set(listening())) web[`127.0.0.1:${open}`] = await asks('127.0.0.1', open);
if (host) web[`${host}:${port}`] = await asks(host, port);
process.stdout.write(
  JSON.stringify({
    /** Of the terminal's shell, as it was started. */
    terminal: environment(process.ppid),
    /** Of all processes that let this one look. */
    others: environments.flat().length,
    sockets,
    connected: Object.keys(sockets).filter((path) => sockets[path] === 'connected'),
    web,
  }),
);
process.exit();
